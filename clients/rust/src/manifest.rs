use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, FileError};
use crate::v1::{Manifest, ManifestFunction, ManifestGroup};
use crate::yaml::{Fields, File, Kind, Loaded, NodeId, Schema, base_name, quote, read_text};

/// Five arguments travel in registers that every backend can read.
const MAX_SKB_POSITION: u32 = 5;
const FILE_FORM: &str = "a manifest is a mapping with the key functions, and optionally name and description";
const FUNCTION_FORM: &str = "the name of a function, or a mapping with the keys name, skb_pos and egress";
const NAME_RULE: &str =
    r#"letters, digits, "_", "." and "$", not beginning with a digit, optionally after "tracepoint:""#;

/// Reads a manifest from a YAML file, as the ipftrace command does: groups of functions by name, the older form whose
/// functions have C declarations ("args"), or a plain list of functions.
///
/// # Errors
///
/// [`Error::Io`]; [`Error::File`] with everything that is wrong in the file.
pub fn load_manifest(path: impl AsRef<Path>) -> Result<Loaded<Manifest>, Error> {
    let path = path.as_ref();
    Ok(parse_manifest(&read_text(path)?, &path.to_string_lossy())?)
}

/// Reads the text of a manifest as [`load_manifest`] does. The path is used in messages, and its base name is
/// the manifest's name where the text gives none.
///
/// # Errors
///
/// Everything that is wrong in the text.
pub fn parse_manifest(text: &str, path: &str) -> Result<Loaded<Manifest>, FileError> {
    let mut reader = Reader { file: File::parse(text, path, "manifest")?, listed: HashMap::new() };
    let manifest = reader.manifest(base_name(path));
    reader.file.finish(manifest)
}

/// Takes every function once: one that is listed again keeps its first place, and ends journeys if any of its
/// listings says so.
struct Reader<'a> {
    file: File<'a>,
    listed: HashMap<String, First>,
}

/// Where a function was listed first: its number among all, its line, and what all listings say.
struct First {
    line: usize,
    function: ManifestFunction,
}

impl Reader<'_> {
    fn manifest(&mut self, default_name: String) -> Manifest {
        let mut manifest = Manifest { name: default_name, ..Manifest::default() };
        let root = match self.file.root {
            Some(root) if !matches!(self.file.kind(root), Kind::Scalar { schema: Schema::Empty, .. }) => root,
            _ => {
                self.file.error_of_all(format!("the file is empty: {FILE_FORM}"));
                return manifest;
            }
        };
        let Some(fields) = self.file.known_fields(root, "a manifest", &["name", "description", "functions"]) else {
            self.file.error(root, format!("the file holds {}: {FILE_FORM}", self.file.describe(root)));
            return manifest;
        };
        if let Some(name) = self.file.text(&fields, "name") {
            manifest.name = name;
        }
        manifest.description = self.file.text(&fields, "description").unwrap_or_default();
        match fields.get("functions") {
            Some(functions) => manifest.groups = self.groups(functions),
            None => self.file.error(root, format!("the key functions is missing: {FILE_FORM}")),
        }
        manifest
    }

    /// Without groups that have no functions of their own.
    fn groups(&mut self, node: NodeId) -> Vec<ManifestGroup> {
        let groups: Vec<(String, String, Vec<String>)> = if matches!(self.file.kind(node), Kind::List(_)) {
            vec![(String::new(), String::new(), self.functions(node, "functions"))]
        } else if let Some(fields) = self.file.fields(node) {
            if fields.iter().next().is_none() {
                self.file.error(node, "functions is empty: give at least one function");
            }
            fields.iter().map(|(name, value)| self.group(name, *value)).collect()
        } else {
            let what = "give groups of functions by name, or a list of functions";
            self.file.error(node, format!("functions is {}: {what}", self.file.describe(node)));
            Vec::new()
        };
        let made = groups.into_iter().map(|(name, description, names)| ManifestGroup {
            name,
            description,
            functions: names.iter().map(|name| self.listed[name].function.clone()).collect(),
        });
        made.filter(|group| !group.functions.is_empty()).collect()
    }

    fn group(&mut self, name: &str, node: NodeId) -> (String, String, Vec<String>) {
        let label = format!("the group {}", quote(name));
        let Some(fields) = self.file.known_fields(node, "a group", &["description", "functions"]) else {
            return (name.to_owned(), String::new(), self.functions(node, &label));
        };
        let description = self.file.text(&fields, "description").unwrap_or_default();
        let Some(functions) = fields.get("functions") else {
            let what = "give a list of functions, or a mapping with description and functions";
            self.file.error(node, format!("{label} has no key functions: {what}"));
            return (name.to_owned(), description, Vec::new());
        };
        (name.to_owned(), description, self.functions(functions, &label))
    }

    /// Names of the functions that stand here first.
    fn functions(&mut self, node: NodeId, label: &str) -> Vec<String> {
        let Some(elements) = self.file.elements(node) else {
            self.file.error(node, format!("{label} is {}: give a list of functions", self.file.describe(node)));
            return Vec::new();
        };
        if elements.is_empty() {
            self.file.error(node, format!("{label} is empty: give at least one function"));
        }
        elements.into_iter().filter_map(|element| self.entry(element)).collect()
    }

    fn entry(&mut self, node: NodeId) -> Option<String> {
        let listed = match self.file.kind(node).clone() {
            Kind::Scalar { text, schema: Schema::Text } => {
                ManifestFunction { name: self.name(node, &text)?, ..ManifestFunction::default() }
            }
            Kind::Mapping(_) => self.mapping(node)?,
            _ => {
                self.file.error(node, format!("this entry is {}: give {FUNCTION_FORM}", self.file.describe(node)));
                return None;
            }
        };
        self.list(listed, node)
    }

    fn mapping(&mut self, node: NodeId) -> Option<ManifestFunction> {
        let fields = self.file.known_fields(node, "a function", &["name", "skb_pos", "egress", "args"])?;
        let name = match fields.get("name") {
            None => {
                self.file.error(node, format!("this entry has no name: give {FUNCTION_FORM}"));
                None
            }
            Some(at) => self.file.text(&fields, "name").and_then(|text| self.name(at, &text)),
        };
        let owner = name.as_deref().unwrap_or("this function");
        let skb_position = self.position(&fields, owner);
        let egress = self.file.flag(&fields, "egress", &format!(" of {owner}"));
        Some(ManifestFunction { name: name?, skb_position, egress })
    }

    fn name(&mut self, at: NodeId, name: &str) -> Option<String> {
        if is_function_name(name) {
            return Some(name.to_owned());
        }
        self.file.error(at, format!("{} cannot be the name of a kernel function: use {NAME_RULE}", quote(name)));
        None
    }

    fn position(&mut self, fields: &Fields, owner: &str) -> u32 {
        let Some(node) = fields.get("skb_pos") else { return self.arguments(fields, owner) };
        self.file.number(node, 1, MAX_SKB_POSITION).unwrap_or_else(|| {
            let given = self.file.describe(node);
            let what = "give the position of its struct sk_buff * argument, 1-5, or leave skb_pos out";
            self.file.error(node, format!("skb_pos of {owner} is {given}: {what}"));
            0
        })
    }

    /// The oldest form of a manifest gives the function's arguments in C instead of a position.
    fn arguments(&mut self, fields: &Fields, owner: &str) -> u32 {
        let Some(node) = fields.get("args") else { return 0 };
        let elements = self.file.elements(node);
        let texts = |one: &NodeId| match self.file.kind(*one) {
            Kind::Scalar { text, schema: Schema::Text } => Some(text.clone()),
            _ => None,
        };
        let declarations = elements.and_then(|all| all.iter().map(texts).collect::<Option<Vec<String>>>());
        let Some(declarations) = declarations else {
            let example = r#"for example ["struct sk_buff *skb"]"#;
            self.file.error(node, format!("args of {owner} must be a list of C declarations, {example}"));
            return 0;
        };
        let position = skb_position(&declarations);
        if (1..=MAX_SKB_POSITION).contains(&position) {
            return position;
        }
        self.file.error(node, format!("args of {owner} have no struct sk_buff * among the first {MAX_SKB_POSITION}"));
        0
    }

    /// The name, where it is listed for the first time.
    fn list(&mut self, listed: ManifestFunction, at: NodeId) -> Option<String> {
        let name = listed.name.clone();
        let Some(First { line, function: first }) = self.listed.get_mut(&name) else {
            self.listed.insert(name.clone(), First { line: self.file.line(at), function: listed });
            return Some(name);
        };
        let (old, new) = (first.skb_position, listed.skb_position);
        let mut what = format!("{name} is listed twice, first in line {line}: it stays there");
        if old != 0 && new != 0 && old != new {
            what += &format!(" with skb_pos {old}, not {new}");
        }
        if first.egress != listed.egress {
            what += ", and journeys end with it, because one listing says so";
        }
        first.skb_position = if old == 0 { new } else { old };
        first.egress |= listed.egress;
        self.file.warn(at, what);
        None
    }
}

/// Whether a text can be the name of a kernel function, also of one that the compiler renamed, or of a tracepoint.
fn is_function_name(text: &str) -> bool {
    let name = text.strip_prefix("tracepoint:").unwrap_or(text);
    let is_letter = |char: char| char.is_ascii_alphabetic() || "_.$".contains(char);
    name.starts_with(is_letter) && name.chars().all(|char| is_letter(char) || char.is_ascii_digit())
}

/// The declaration that is called skb, else the first struct sk_buff *; from 1, 0 for none.
fn skb_position(declarations: &[String]) -> u32 {
    let named = declarations.iter().position(|text| is_called_skb(text) && !is_pointer_to_pointer(text));
    let found =
        named.or_else(|| declarations.iter().position(|text| is_skb_pointer(text) && !is_pointer_to_pointer(text)));
    found.map_or(0, |index| u32::try_from(index + 1).unwrap_or(u32::MAX))
}

fn is_called_skb(declaration: &str) -> bool {
    words(declaration).last().is_some_and(|word| word == "skb")
}

fn is_skb_pointer(declaration: &str) -> bool {
    words(declaration).windows(3).any(|window| window == ["struct", "sk_buff", "*"])
}

fn is_pointer_to_pointer(declaration: &str) -> bool {
    let words = words(declaration);
    words.windows(2).any(|window| window == ["*", "*"]) || words.windows(3).any(|window| window == ["*", "const", "*"])
}

/// The words of a C declaration; each other character is a word of its own.
fn words(declaration: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut goes_on = false;
    for char in declaration.chars() {
        let is_word = char.is_ascii_alphanumeric() || char == '_';
        match words.last_mut() {
            Some(word) if is_word && goes_on => word.push(char),
            _ if char.is_whitespace() => {}
            _ => words.push(char.to_string()),
        }
        goes_on = is_word;
    }
    words
}
