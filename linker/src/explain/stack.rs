//! Lines of stack traces, as engines write them.

/// Where a frame is, as far as its line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The function's index.
    pub function: Option<u32>,
    /// The offset in the module, in bytes.
    pub offset: Option<u64>,
}

/// Before the index of a function, in V8, SpiderMonkey, JavaScriptCore and workerd.
const FUNCTION: &str = "wasm-function[";

/// The place that a line names; none of a line that is no frame of a module's.
pub(super) fn place(line: &str) -> Option<Place> {
    match line.split_once(FUNCTION) {
        Some((_, rest)) => {
            let (function, rest) = rest.split_once(']')?;
            // `:0x1a2b`; JavaScriptCore tells none, and the name where it knows it.
            let offset = rest.strip_prefix(":").and_then(hexadecimal);
            Some(Place { function: function.parse().ok(), offset })
        }
        None => wasmtime(line),
    }
}

/// `   0:   0x1a2b - demo.wasm!my_crate::f`
fn wasmtime(line: &str) -> Option<Place> {
    let (number, rest) = line.trim_start().split_once(':')?;
    number.parse::<u32>().ok()?;
    let (address, _) = rest.trim_start().split_once(" - ")?;
    Some(Place { function: None, offset: Some(hexadecimal(address)?) })
}

/// The number that a text begins with.
fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    u64::from_str_radix(&digits[..end], 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_is_understood() {
        let at = |function, offset| Some(Place { function, offset });
        for (line, expected) in [
            ("    at wasm://wasm/demo-0a1b:wasm-function[12]:0x1a2b", at(Some(12), Some(0x1a2b))),
            ("    at f (wasm://wasm/0a1b:wasm-function[3]:0xff)", at(Some(3), Some(0xff))),
            ("f@http://localhost/demo.wasm:wasm-function[7]:0x10", at(Some(7), Some(0x10))),
            ("wasm-function[9]@[wasm code]", at(Some(9), None)),
            ("wasm-function[name]@[wasm code]", at(None, None)),
            ("    0:   0x1a2b - demo.wasm!my_crate::f", at(None, Some(0x1a2b))),
            ("    at Object.run (file:///host.mjs:12:7)", None),
            ("RuntimeError: unreachable", None),
            ("12: 0xzz - x", None),
            ("wasm-function[", None),
            ("", None),
        ] {
            assert_eq!(place(line), expected, "{line}");
        }
    }
}
