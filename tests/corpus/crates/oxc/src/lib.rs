use oxc::allocator::Allocator;
use oxc::codegen::Codegen;
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::{SourceType, Span};
use oxc::transformer::{TransformOptions, Transformer};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text = format!(
        "interface A {{ x: number }} export class {} {{ #p = {}; get<T extends A>(a: T) {{ return a.x ?? this.#p }} }}",
        random.words(1).replace(' ', ""),
        random.below(99)
    );
    let allocator = Allocator::default();
    let mut program = Parser::new(&allocator, &text, SourceType::ts()).parse().program;
    let scoping = SemanticBuilder::new().build(&program).semantic.into_scoping();
    let options = TransformOptions::from_target("es2015").expect("a target");
    let _ = Transformer::new(&allocator, "a.ts".as_ref(), &options)
        .build_with_scoping(scoping, &mut program);
    sum.add(Codegen::new().build(&program).code);
    sum.debug(Parser::new(&allocator, "let = = ;", SourceType::mjs()).parse().diagnostics.len());
}

/// A stretch of a source that is shorter.
fn fail(random: &mut Random, seed: u32) {
    let text = random.words(2);
    let span = Span::new(4 + seed % 3, 9000);
    _ = span.source_text(&text);
}
