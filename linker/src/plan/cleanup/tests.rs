use super::Escape;
use crate::plan::tests::legacy;
use crate::read::Module;
use wasm_encoder::BlockType;

/// What escapes from the only function: the indices of the callees, `T` for a throw.
fn escapes(bytes: &[u8]) -> Vec<String> {
    let module = Module::read(bytes).unwrap();
    let (_, body) = module.defined().next().unwrap();
    let text = |escape: &Escape| match escape {
        Escape::Call(_, callee) => callee.0.to_string(),
        Escape::Indirect(_, ty) => format!("I{}", ty.0),
        Escape::Throw(_) => "T".to_owned(),
    };
    let callees = super::scan::Callees { throws: &|_| true, ends_pad: &|f| f.0 == 9 };
    super::scan::escapes(body, &callees).unwrap().iter().map(text).collect()
}

const EMPTY: BlockType = BlockType::Empty;

#[test]
fn calls_in_a_pad_escape_and_others_do_not() {
    let module = legacy(|i| {
        i.call(1).try_(EMPTY).call(2);
        i.catch(0).drop().call(3).rethrow(0);
        i.catch_all().call(4).block(EMPTY).call(5).call_indirect(0, 0).end();
        i.rethrow(0).end().call(6);
    });
    assert_eq!(escapes(&module), ["4", "5", "I0"]);
}

#[test]
fn what_is_caught_inside_a_pad_does_not_escape_but_what_goes_on_does() {
    let module = legacy(|i| {
        i.try_(EMPTY).call(1).catch_all();
        // `catch_unwind` in a destructor.
        i.try_(EMPTY).call(2).catch(0).drop().call(3).end();
        // An inlined destructor with a pad of its own.
        i.try_(EMPTY).call(4).catch_all().call(5).rethrow(0).end();
        i.rethrow(0).end();
    });
    assert_eq!(escapes(&module), ["3", "5", "T"]);
}

#[test]
fn delegated_exceptions_go_where_they_are_sent() {
    let module = legacy(|i| {
        i.try_(EMPTY).call(1).catch_all();
        i.try_(EMPTY);
        i.try_(EMPTY).call(2).delegate(0);
        i.try_(EMPTY).call(3).delegate(1);
        i.catch(0).drop().end();
        i.rethrow(0).end();
    });
    assert_eq!(escapes(&module), ["3"]);
}

/// What LLVM writes for cleanup inside a pad whose exceptions go to the caller.
#[test]
fn what_is_delegated_out_of_a_pad_escapes() {
    let module = legacy(|i| {
        i.try_(EMPTY).try_(EMPTY).call(1).catch_all();
        i.try_(EMPTY).call(2).delegate(2);
        i.rethrow(0).end();
        i.try_(EMPTY).call(3).delegate(1);
        i.catch_all().call(4).rethrow(0).end();
    });
    assert_eq!(escapes(&module), ["2", "4"]);
}

#[test]
fn what_is_delegated_past_a_pad_escapes() {
    let module = legacy(|i| {
        i.try_(EMPTY);
        i.try_(EMPTY).call(1).catch_all();
        // To the caller, and to the outer pad.
        i.try_(EMPTY).call(2).delegate(2);
        i.try_(EMPTY).call(3).delegate(1);
        i.rethrow(0).end();
        // Out of no pad.
        i.try_(EMPTY).call(4).delegate(1);
        i.catch_all().rethrow(0).end();
    });
    assert_eq!(escapes(&module), ["2", "3"]);
}

#[test]
fn pads_of_the_newer_encoding_lie_behind_their_blocks() {
    let module = wat::parse_str(
        "(module (tag $t) (type $f (func)) (table 1 funcref)
           (func (local $e exnref) (local $i exnref)
             (block $out
               (block $pad (result exnref)
                 (try_table (catch_all_ref $pad) (call 1))
                 (br $out))
               (local.set $e)
               (call 2)
               (block $inner (result exnref)
                 (try_table (catch_all_ref $inner) (call 3))
                 (throw_ref (local.get $e)))
               (local.set $i)
               (call 4)
               (throw_ref (local.get $i)))
             (call 5))
           (func) (func) (func) (func) (func))",
    );
    // The inner pad's `throw_ref` leaves the outer pad; the outer one's is its own.
    assert_eq!(escapes(&module.unwrap()), ["2", "4", "T"]);
}

/// The same as a `delegate` out of a pad.
#[test]
fn clauses_may_lead_out_of_a_pad() {
    let module = wat::parse_str(
        "(module (type $f (func))
           (func (local $e exnref)
             (block $caller (result exnref)
               (block $pad (result exnref)
                 (try_table (catch_all_ref $pad) (call 1))
                 (return))
               (local.set $e)
               (try_table (catch_all_ref $caller) (call 2))
               (throw_ref (local.get $e)))
             (throw_ref))
           (func) (func))",
    );
    assert_eq!(escapes(&module.unwrap()), ["2"]);
}

/// Unoptimized code leads several pads' calls there, and keeps what arrives in a local.
#[test]
fn pads_may_share_the_way_out() {
    let module = wat::parse_str(
        "(module (type $f (func))
           (func (local $e exnref) (local $g exnref) (local $o exnref)
             (block $caller (result exnref)
               (block $outer (result exnref)
                 (try_table (catch_all_ref $outer)
                   (block $inner (result exnref)
                     (try_table (catch_all_ref $inner) (call 1))
                     (return))
                   (local.set $e)
                   (try_table (catch_all_ref $caller) (call 2))
                   (throw_ref (local.get $e)))
                 (unreachable))
               (local.set $g)
               (try_table (catch_all_ref $caller) (call 3))
               (throw_ref (local.get $g)))
             (local.set $o)
             (local.get $o)
             (throw_ref))
           (func) (func) (func))",
    );
    assert_eq!(escapes(&module.unwrap()), ["2", "3"]);
}

/// Cleanup in steps: the second is a pad inside the first one's, which goes on to it.
#[test]
fn a_pad_may_go_on_in_a_pad_inside_it() {
    let old = legacy(|i| {
        i.try_(EMPTY).call(1).catch_all();
        i.try_(EMPTY).call(2).rethrow(1);
        i.catch_all().call(3).rethrow(0).end().end();
    });
    assert_eq!(escapes(&old), ["2", "3"]);
    let new = wat::parse_str(
        "(module (type $f (func))
           (func (local $e exnref)
             (block $first (result exnref)
               (try_table (catch_all_ref $first) (call 1))
               (return))
             (local.set $e)
             (block $second (result exnref)
               (try_table (catch_all_ref $second) (call 2) (throw_ref (local.get $e)))
               (unreachable))
             (local.set $e)
             (call 3)
             (throw_ref (local.get $e)))
           (func) (func) (func))",
    );
    assert_eq!(escapes(&new.unwrap()), ["2", "3"]);
}

/// LLVM nests the handler of a `catch_unwind` inside the pad that goes on to it, and the
/// handler may do anything: it is in no pad.
#[test]
fn the_handler_of_a_catch_unwind_is_in_no_pad_wherever_it_stands() {
    let old = legacy(|i| {
        i.block(EMPTY).try_(EMPTY).call(1).catch_all();
        i.try_(EMPTY).call(2).rethrow(1);
        i.catch(0).drop().call(3).try_(EMPTY).call(4);
        i.catch_all().call(5).rethrow(0).end().br(2).end();
        i.end().end().call(6);
    });
    assert_eq!(escapes(&old), ["2", "5"]);
    let new = wat::parse_str(
        "(module (tag $t (param i32)) (type $f (func))
           (func (local $e exnref)
             (block $caught (result i32)
               (block $pad (result exnref)
                 (try_table (catch_all_ref $pad) (call 1))
                 (return))
               (local.set $e)
               (try_table (catch $t $caught) (call 2) (throw_ref (local.get $e)))
               (unreachable))
             (drop)
             (call 3))
           (func) (func) (func))",
    );
    assert_eq!(escapes(&new.unwrap()), ["2"]);
}

/// A destructor that always panics: its call is the end of the pad.
#[test]
fn a_pad_may_end_in_a_call_that_never_returns() {
    let module = legacy(|i| {
        i.try_(EMPTY).call(1).catch_all().call(2).unreachable().end();
    });
    assert_eq!(escapes(&module), ["2"]);
}

/// Not LLVM's: an exception that is swallowed by what looks like clean-up.
#[test]
fn a_pad_that_control_leaves_is_none() {
    for leave in [0, 1] {
        let module = legacy(|i| {
            i.try_(EMPTY).call(1).catch_all().call(2).br(leave).end().call(3);
        });
        assert_eq!(escapes(&module), [""; 0]);
    }
    let falls_out = legacy(|i| {
        i.try_(EMPTY).call(1).catch_all().call(2).end().call(3);
    });
    assert_eq!(escapes(&falls_out), [""; 0]);
}

/// Two ways into the same code, one of them a pad's: nothing is said of either.
#[test]
fn code_that_a_pad_shares_is_left() {
    let module = legacy(|i| {
        i.block(EMPTY).try_(EMPTY).call(1).br(1);
        i.catch_all().call(2).br(1).end().end();
        i.call(3);
    });
    assert_eq!(escapes(&module), [""; 0]);
}

#[test]
fn loops_inside_pads_are_followed() {
    let module = legacy(|i| {
        i.try_(EMPTY).call(1).catch_all();
        i.loop_(EMPTY).call(2).i32_const(0).br_if(0).end();
        i.rethrow(0).end();
        i.loop_(EMPTY).call(3).br(0).end();
    });
    assert_eq!(escapes(&module), ["2"]);
}
