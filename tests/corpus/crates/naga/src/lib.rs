use naga::valid::{Capabilities, ValidationFlags, Validator};
use support::{Random, Sum};

support::exports!(work, fail);

fn shader(random: &mut Random) -> naga::Module {
    let text = format!(
        "struct A {{ x: vec4<f32>, n: u32 }} @group(0) @binding(0) var<uniform> a: A;
         @fragment fn main(@location(0) at: vec2<f32>) -> @location(0) vec4<f32> {{
            var sum = vec4<f32>(at, {}.0, 1.0);
            for (var i = 0u; i < a.n; i++) {{ sum += a.x * f32(i); }}
            return sum; }}",
        random.below(99)
    );
    naga::front::wgsl::parse_str(&text).expect("a shader")
}

fn work(random: &mut Random, sum: &mut Sum) {
    let module = shader(random);
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .expect("a valid shader");
    let flags = naga::back::wgsl::WriterFlags::empty();
    sum.add(naga::back::wgsl::write_string(&module, &info, flags).expect("WGSL"));
    let options = naga::back::msl::Options::default();
    let (text, _) = naga::back::msl::write_string(&module, &info, &options, &Default::default())
        .expect("Metal");
    sum.add(text);
    sum.debug(naga::front::wgsl::parse_str("fn f( {").is_err());
}

/// Handles of another module's.
fn fail(random: &mut Random, seed: u32) {
    let module = shader(random);
    let empty = naga::Module::default();
    match seed % 2 {
        0 => {
            let (handle, _) = module.types.iter().last().expect("a type");
            _ = &empty.types[handle];
        }
        _ => {
            let (handle, _) = module.global_variables.iter().next().expect("a variable");
            _ = &empty.global_variables[handle];
        }
    }
}
