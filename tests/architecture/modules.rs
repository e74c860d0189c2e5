//! The import graph of a crate's top-level modules, and circles in it.

use crate::source::{Source, rust_sources};
use std::collections::{BTreeMap, BTreeSet};

/// Each module and the modules of the same crate that it imports.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The graph of a crate, test modules left out.
pub(crate) fn graph(name: &str) -> Graph {
    let prefix = format!("{name}/src/");
    let files: Vec<Source> =
        rust_sources(name).into_iter().filter(|file| file.path.starts_with(&prefix)).collect();
    let modules: BTreeSet<String> = files.iter().filter_map(|file| module_of(&file.path, &prefix)).collect();
    let mut graph = Graph::new();
    for file in files.iter().filter(|file| !is_test_file(&file.path)) {
        let Some(module) = module_of(&file.path, &prefix) else { continue };
        let imports = graph.entry(module.clone()).or_default();
        imports
            .extend(imported(file).into_iter().filter(|other| modules.contains(other) && *other != module));
    }
    graph
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.ends_with("_tests.rs")
}

fn module_of(path: &str, prefix: &str) -> Option<String> {
    let first = path.strip_prefix(prefix)?.split('/').next()?.trim_end_matches(".rs");
    (!["lib", "main"].contains(&first)).then(|| first.to_owned())
}

/// First path segments after `crate::`, also inside `use crate::{…}`.
fn imported(file: &Source) -> BTreeSet<String> {
    let production = Source { path: file.path.clone(), text: file.production().to_owned() };
    let code = production.code_only();
    let mut found = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            None => found.extend(first_word(part)),
            Some(group) => found.extend(group_heads(group)),
        }
    }
    found
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut item) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => heads.push(std::mem::take(&mut item)),
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 => item.push(c),
            _ => {}
        }
    }
    heads.push(item);
    heads.iter().filter_map(|head| first_word(head.trim())).collect()
}

/// A circle of imports, if there is one.
pub(crate) fn circle(graph: &Graph) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| visit(graph, start, &mut Vec::new(), &mut done))
}

fn visit(
    graph: &Graph,
    module: &str,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|other| other == module) {
        let mut circle = path[start..].to_vec();
        circle.push(module.to_owned());
        return Some(circle);
    }
    if !done.insert(module.to_owned()) {
        return None;
    }
    path.push(module.to_owned());
    let found = graph.get(module)?.iter().find_map(|import| visit(graph, import, path, done));
    path.pop();
    found
}

#[test]
fn a_circle_is_found_and_a_line_is_not() {
    let edge = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(|s| s.to_string()).collect());
    let line: Graph = [edge("a", &["b"]), edge("b", &["c"]), edge("c", &[])].into();
    assert_eq!(circle(&line), None);
    let round: Graph = [edge("a", &["b"]), edge("b", &["c"]), edge("c", &["b"])].into();
    assert_eq!(circle(&round), Some(vec!["b".into(), "c".into(), "b".into()]));
}
