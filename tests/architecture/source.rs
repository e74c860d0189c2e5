//! Reading our own source: crates, files, functions, identifiers, with strings and comments told apart.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One Rust file.
pub(crate) struct Source {
    /// Path from the repository's root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Our crates: the workspace's members.
pub(crate) fn crates() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    members
        .split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|n| !n.is_empty())
        .collect()
}

/// All files under a crate's src and tests.
pub(crate) fn rust_sources(name: &str) -> Vec<Source> {
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        walk(&root().join(name).join(folder), &mut files);
    }
    files
}

/// The files of the tests folder that all crates share.
pub(crate) fn shared_tests() -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join("tests"), &mut files);
    files
}

fn walk(folder: &Path, files: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().display().to_string();
            files.push(Source { path, text });
        }
    }
}

/// The words in the third column of docs/glossary.md, lower case.
pub(crate) fn banned_words() -> Vec<String> {
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let mut words = Vec::new();
    for row in glossary.lines().filter(|line| line.starts_with("| ")) {
        let Some(not) = row.split('|').nth(3) else { continue };
        words.extend(not.split('`').skip(1).step_by(2).map(str::to_lowercase));
    }
    words
}

/// The identifiers of a line of code.
pub(crate) fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}

/// The words an identifier is made of, lower case: `NodeStore` and `node_store` give node, store.
pub(crate) fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_was_lower = false;
    for c in name.chars() {
        if c == '_' || c.is_uppercase() && before_was_lower {
            words.push(String::new());
        }
        if c != '_' {
            words.last_mut().unwrap().extend(c.to_lowercase());
        }
        before_was_lower = c.is_lowercase() || c.is_numeric();
    }
    words
}

impl Source {
    /// The text before its test module.
    pub(crate) fn production(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod ").next().unwrap_or(&self.text)
    }

    /// Code with comments and the insides of strings blanked out, line numbers kept.
    pub(crate) fn code_only(&self) -> String {
        blank(&self.text)
    }

    /// Every function with its number of lines, from `fn` to the closing brace.
    pub(crate) fn functions(&self) -> Vec<(String, usize)> {
        let code = self.code_only();
        let lines: Vec<&str> = code.lines().collect();
        let mut functions = Vec::new();
        for (start, line) in lines.iter().enumerate() {
            let mut names = identifiers(line).skip_while(|word| *word != "fn").skip(1);
            let declares = line.contains("fn ") && line.contains('(');
            if let (true, Some(name)) = (declares, names.next()) {
                functions.push((name.to_owned(), body_length(&lines[start..])));
            }
        }
        functions
    }
}

fn body_length(lines: &[&str]) -> usize {
    let (mut depth, mut opened) = (0i32, false);
    for (index, line) in lines.iter().enumerate() {
        for c in line.chars() {
            match c {
                '{' => (depth, opened) = (depth + 1, true),
                '}' => depth -= 1,
                ';' if !opened && depth == 0 => return index + 1,
                _ => {}
            }
        }
        if opened && depth <= 0 {
            return index + 1;
        }
    }
    lines.len()
}

/// Replaces what stands in comments, strings and character literals by spaces.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        for c in &chars[at..end] {
            out.push(if end == at + 1 || *c == '\n' { *c } else { ' ' });
        }
        at = end;
    }
    out
}

/// The end of the comment or literal that starts here, or of the single character.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1);
    match chars[at] {
        '/' if next == Some(&'/') => position(chars, at, |rest| rest.starts_with(&['\n'])),
        '/' if next == Some(&'*') => position(chars, at, |rest| rest.starts_with(&['*', '/'])) + 2,
        'r' if next == Some(&'"') => position(chars, at + 2, |rest| rest.starts_with(&['"'])) + 1,
        'r' if next == Some(&'#') && chars.get(at + 2) == Some(&'"') => {
            position(chars, at + 3, |rest| rest.starts_with(&['"', '#'])) + 2
        }
        '"' => string_end(chars, at + 1),
        '\'' if next == Some(&'\\') => position(chars, at + 3, |rest| rest.starts_with(&['\''])) + 1,
        '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at + 1,
    }
    .min(chars.len())
}

fn position(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| found(&chars[*at..])).unwrap_or(chars.len())
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

#[test]
fn strings_and_comments_are_blanked_and_functions_measured() {
    let text = "//! x\nfn one() { let a = \"}\"; } // }\nfn two() {\n    '}';\n}\n".to_owned();
    let source = Source { path: "x.rs".into(), text };
    assert_eq!(source.functions(), [("one".to_owned(), 1), ("two".to_owned(), 3)]);
    assert_eq!(words_of("NodeStore"), ["node", "store"]);
}
