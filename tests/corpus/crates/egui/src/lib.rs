use egui::epaint::Primitive;
use egui::{Context, RawInput};
use support::{Random, Sum};

support::exports!(work, fail);

fn frame(context: &Context, random: &mut Random) -> egui::FullOutput {
    let words = random.words(6);
    context.run_ui(RawInput::default(), |ui| {
        ui.heading(&words);
        ui.horizontal(|ui| {
            for word in words.split(' ') {
                let _ = ui.button(word);
            }
        });
        egui::Grid::new("grid").show(ui, |ui| {
            for n in 0..12 {
                ui.label(n.to_string());
                if n % 3 == 2 {
                    ui.end_row();
                }
            }
        });
    })
}

fn work(random: &mut Random, sum: &mut Sum) {
    let context = Context::default();
    for _ in 0..3 {
        let output = frame(&context, random);
        let shapes = context.tessellate(output.shapes, 1.0);
        for shape in &shapes {
            if let Primitive::Mesh(mesh) = &shape.primitive {
                sum.debug(mesh.vertices.iter().map(|vertex| vertex.pos).collect::<Vec<_>>());
            }
        }
    }
}

/// Fonts before the first frame.
fn fail(_: &mut Random, _: u32) {
    Context::default().fonts(|fonts| _ = fonts.families());
}
