//! Parses durations and sizes, which are an integer and a unit. Errors are help texts that show a correct value.

const TIMES: Units = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
const SIZES: Units = &[("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// The units and their factors, the smallest first.
type Units = &'static [(&'static str, u64)];

/// Parses a duration such as `"60s"` and returns it in milliseconds.
pub(super) fn duration(text: &str) -> Result<u64, String> {
    quantity(text, TIMES, "s", "an integer followed by `ms`, `s`, `m` or `h`, such as `\"60s\"`")
}

/// Parses a size such as `"1MiB"` and returns it in bytes.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let bytes =
        quantity(text, SIZES, "B", "an integer followed by `B`, `KiB`, `MiB` or `GiB`, such as `\"1MiB\"`")?;
    usize::try_from(bytes).map_err(|_| "write a smaller value".to_owned())
}

/// Parses an integer and a unit. A space may be between the two.
fn quantity(text: &str, units: Units, default: &str, form: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim_start());
    if number.is_empty() {
        return Err(format!("write {form}"));
    }
    let Some(&(_, factor)) = units.iter().find(|&&(known, _)| known == unit) else {
        return Err(match correct(text, units, default) {
            Some(correct) => format!("write `\"{correct}\"`"),
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

/// Finds the correct value for one such as `1.5s`, `1m30s`, `10_000 ms`, `1 kB` or `5 minutes`. Returns `None` if it is
/// none of these.
fn correct(text: &str, units: Units, default: &str) -> Option<String> {
    let text = text.replace('_', "");
    let (mut rest, mut sum, mut parts, mut last) = (text.trim(), 0_f64, 0, None);
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end =
            rest[end..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        let (unit, factor) = meant(&rest[end..unit_end], units, default)?;
        rest = &rest[unit_end..];
        parts += 1;
        sum += number * factor;
        last = Some((number, unit));
    }
    match last {
        // A single integer keeps its unit.
        Some((number, Some(unit))) if parts == 1 && number.fract() == 0.0 => Some(format!("{number}{unit}")),
        _ => {
            let fits = |&&(_, factor): &&(&str, u64)| sum % whole(factor) == 0.0;
            let (unit, factor) = units.iter().rev().find(fits)?;
            Some(format!("{}{unit}", sum / whole(*factor)))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the factors are small")]
fn whole(factor: u64) -> f64 {
    factor as f64
}

/// Finds the unit for `unit`, which may be missing, in the wrong case, or an alias such as `kB`, `sec` or `minutes`. A day has
/// no unit here, but a factor.
fn meant(unit: &str, units: Units, default: &str) -> Option<(Option<&'static str>, f64)> {
    let unit = unit.trim().to_ascii_lowercase();
    let of_size = match unit.as_str() {
        "" => default,
        "k" | "kb" | "kilobyte" | "kilobytes" | "kibibytes" => "KiB",
        "mb" | "megabyte" | "megabytes" | "mebibytes" => "MiB",
        "g" | "gb" | "gigabyte" | "gigabytes" | "gibibytes" => "GiB",
        "byte" | "bytes" => "B",
        "msec" | "millis" | "millisecond" | "milliseconds" => "ms",
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" if units == TIMES => return Some((None, 86_400_000.0)),
        other => other,
    };
    let known = units.iter().find(|(known, _)| known.eq_ignore_ascii_case(of_size));
    known.map(|&(known, factor)| (Some(known), whole(factor)))
}
