//! Parses durations and sizes, which are an integer and a unit. Errors are help texts that show a correct value.

/// Parses a duration such as `"60s"` and returns it in milliseconds.
pub(super) fn duration(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    quantity(text, &UNITS, "s", "an integer followed by `ms`, `s`, `m` or `h`, such as `\"60s\"`")
}

/// Parses a size such as `"1MiB"` and returns it in bytes.
pub(super) fn size(text: &str) -> Result<usize, String> {
    const UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let bytes =
        quantity(text, &UNITS, "B", "an integer followed by `B`, `KiB`, `MiB` or `GiB`, such as `\"1MiB\"`")?;
    usize::try_from(bytes).map_err(|_| "write a smaller value".to_owned())
}

fn quantity(text: &str, units: &[(&str, u64)], default: &str, form: &str) -> Result<u64, String> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if number.is_empty() {
        return Err(format!("write {form}"));
    }
    let Some(&(_, factor)) = units.iter().find(|&&(known, _)| known == unit) else {
        return Err(match meant(unit, units, default) {
            Some(unit) => format!("write `\"{number}{unit}\"`"),
            None => format!("write {form}"),
        });
    };
    let value = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match value {
        None => Err("write a smaller value".to_owned()),
        Some(0) => Err("write a value greater than zero".to_owned()),
        Some(value) => Ok(value),
    }
}

/// Finds the unit to suggest for `unit`, which may be missing, in the wrong case, or an alias such as `kB`, `sec`
/// or `minutes`.
fn meant(unit: &str, units: &[(&str, u64)], default: &str) -> Option<String> {
    let unit = unit.trim().to_ascii_lowercase();
    let of_size = match unit.as_str() {
        "" => return Some(default.to_owned()),
        "k" | "kb" => "KiB",
        "mb" => "MiB",
        "g" | "gb" => "GiB",
        "byte" | "bytes" => "B",
        "msec" | "millis" | "milliseconds" => "ms",
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hour" | "hours" => "h",
        other => other,
    };
    units.iter().find(|(known, _)| known.eq_ignore_ascii_case(of_size)).map(|&(known, _)| known.to_owned())
}
