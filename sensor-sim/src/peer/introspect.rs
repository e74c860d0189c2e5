//! Introspection: which objects lie below a path, and which interfaces one has.

use std::{collections::BTreeSet, fmt::Write};

const HEAD: &str = "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n\
    \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>";

/// The description of the object at `path`; `paths` are those of all objects. `None`: there is nothing at or below it.
pub(super) fn describe(path: &str, interfaces: &[&str], paths: &[String]) -> Option<String> {
    let below = if path == "/" { "/".to_owned() } else { format!("{path}/") };
    let child = |other: &String| {
        let rest = other.strip_prefix(&below)?;
        rest.split('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let children: BTreeSet<String> = paths.iter().filter_map(child).collect();
    if children.is_empty() && interfaces.is_empty() {
        return None;
    }
    let mut text = HEAD.to_owned();
    for interface in interfaces {
        let _ = write!(text, "<interface name=\"{interface}\"></interface>");
    }
    for child in children {
        let _ = write!(text, "<node name=\"{child}\"/>");
    }
    text.push_str("</node>");
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_next_level_is_named() {
        let paths = ["/org/bluez", "/org/bluez/hci0/dev_A/service0010/char0011", "/org/bluez/hci0/dev_B"];
        let paths: Vec<String> = paths.map(str::to_owned).to_vec();
        let text = describe("/org/bluez/hci0", &["org.bluez.Adapter1"], &paths).unwrap();
        assert!(text.ends_with("<node name=\"dev_A\"/><node name=\"dev_B\"/></node>"), "{text}");
        assert!(describe("/org/bluez/hci0/dev_A/service0010/char0011", &[], &paths).is_none());
    }
}
