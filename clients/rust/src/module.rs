use std::collections::HashSet;
use std::path::Path;

use crate::error::{Error, FileError};
use crate::v1::{CustomKind, Module, ModuleField};
use crate::yaml::{Fields, File, Kind, Loaded, NodeId, Schema, base_name, quote, read_text};

const FILE_FORM: &str = "a module is a mapping with the key fields, and optionally name, description and match";
const FIELD_FORM: &str = "a mapping with the keys name and read";
const READ_FORM: &str = "a path such as skb->len, or a list of them to try in this order";
const NAME_RULE: &str = r#"letters, digits, "_" and "-", 64 at most"#;
const FIELD_KEYS: [&str; 7] = ["name", "read", "kind", "unit", "description", "names_from", "optional"];

const MAX_NAME: usize = 64;
const MAX_ENUM_NAME: usize = 128;
const MAX_DESCRIPTION: usize = 1024;
const MAX_ALTERNATIVES: usize = 8;

/// Kinds by the word that stands for them, in the order in which messages list them.
const KINDS: [(&str, CustomKind); 11] = [
    ("unsigned", CustomKind::Unsigned),
    ("signed", CustomKind::Signed),
    ("bool", CustomKind::Bool),
    ("string", CustomKind::String),
    ("bytes", CustomKind::Bytes),
    ("ip", CustomKind::Ip),
    ("mac", CustomKind::Mac),
    ("enum", CustomKind::Enum),
    ("flags", CustomKind::Flags),
    ("hex", CustomKind::Hex),
    ("big-endian", CustomKind::BigEndian),
];

/// Reads a declarative module from a YAML file, as the ipftrace command does. What its expressions mean is for the node
/// to judge.
///
/// # Errors
///
/// [`Error::Io`]; [`Error::File`] with everything that is wrong in the file.
pub fn load_module(path: impl AsRef<Path>) -> Result<Loaded<Module>, Error> {
    let path = path.as_ref();
    Ok(parse_module(&read_text(path)?, &path.to_string_lossy())?)
}

/// Reads the text of a module as [`load_module`] does. The path is used in messages, and its base name is
/// the module's name where the text gives none.
///
/// # Errors
///
/// Everything that is wrong in the text.
pub fn parse_module(text: &str, path: &str) -> Result<Loaded<Module>, FileError> {
    let mut reader = Reader { file: File::parse(text, path, "module")?, names: HashSet::new() };
    let module = reader.module(base_name(path));
    reader.file.finish(module)
}

struct Reader<'a> {
    file: File<'a>,
    names: HashSet<String>,
}

impl Reader<'_> {
    fn module(&mut self, default_name: String) -> Module {
        let mut module = Module { name: default_name, ..Module::default() };
        let root = match self.file.root {
            Some(root) if !matches!(self.file.kind(root), Kind::Scalar { schema: Schema::Empty, .. }) => root,
            _ => {
                self.file.error_of_all(format!("the file is empty: {FILE_FORM}"));
                return module;
            }
        };
        let Some(fields) = self.file.known_fields(root, "a module", &["name", "description", "match", "fields"]) else {
            self.file.error(root, format!("the file holds {}: {FILE_FORM}", self.file.describe(root)));
            return module;
        };
        if let Some(name) = self.file.text(&fields, "name") {
            module.name = name;
        }
        module.description = self.file.text(&fields, "description").unwrap_or_default();
        module.r#match = self.file.text(&fields, "match").unwrap_or_default();
        if !is_name(&module.name) {
            let at = fields.get("name").unwrap_or(root);
            self.file.error(at, format!("{} cannot be the name of a module: use {NAME_RULE}", quote(&module.name)));
        }
        self.check_length(&fields, "description", &module.description);
        match fields.get("fields") {
            Some(list) => module.fields = self.fields(list, &module.name),
            None => self.file.error(root, format!("the key fields is missing: {FILE_FORM}")),
        }
        module
    }

    fn fields(&mut self, node: NodeId, name: &str) -> Vec<ModuleField> {
        let Some(elements) = self.file.elements(node) else {
            let given = self.file.describe(node);
            self.file.error(node, format!("fields is {given}: give a list, each entry {FIELD_FORM}"));
            return Vec::new();
        };
        if elements.is_empty() {
            self.file.error(node, format!("the module {} has no fields: give at least one", quote(name)));
        }
        elements.into_iter().filter_map(|element| self.field(element)).collect()
    }

    fn field(&mut self, node: NodeId) -> Option<ModuleField> {
        let Some(keys) = self.file.known_fields(node, "a field", &FIELD_KEYS) else {
            self.file.error(node, format!("this field is {}: give {FIELD_FORM}", self.file.describe(node)));
            return None;
        };
        for key in ["name", "read"] {
            if keys.get(key).is_none() {
                self.file.error(node, format!("this field has no {key}: give {FIELD_FORM}"));
            }
        }
        let mut text = |key| self.file.text(&keys, key).unwrap_or_default();
        let (name, unit) = (text("name"), text("unit"));
        let (description, names_from) = (text("description"), text("names_from"));
        let kind = self.kind(&keys);
        let optional = self.file.flag(&keys, "optional", "");
        let mut paths = self.paths(&keys).into_iter();
        if let (Some(at), false) = (keys.get("name"), name.is_empty()) {
            self.check_name(at, &name);
        }
        self.check_length(&keys, "unit", &unit);
        self.check_length(&keys, "description", &description);
        if let (Some(at), false) = (keys.get("names_from"), names_from.is_empty()) {
            self.check_names(at, kind, &names_from);
        }
        Some(ModuleField {
            name,
            read: paths.next().unwrap_or_default(),
            kind: kind.into(),
            unit,
            description,
            names_from,
            alternatives: paths.collect(),
            optional,
        })
    }

    fn paths(&mut self, keys: &Fields) -> Vec<String> {
        let Some(node) = keys.get("read") else { return Vec::new() };
        let (nodes, given) = match self.file.elements(node) {
            Some(elements) => (elements, "a list of other things".to_owned()),
            None => (vec![node], self.file.describe(node)),
        };
        let texts = nodes.iter().map(|one| self.file.text_of(*one).map(str::to_owned));
        match texts.collect::<Option<Vec<String>>>() {
            Some(paths) if !paths.is_empty() => {
                let alternatives = paths.len() - 1;
                if alternatives > MAX_ALTERNATIVES {
                    let what = format!("has {alternatives} alternatives: give {MAX_ALTERNATIVES} at most");
                    self.file.error(node, what);
                }
                paths
            }
            _ => {
                self.file.error(node, format!("read is {given}: give {READ_FORM}"));
                Vec::new()
            }
        }
    }

    fn kind(&mut self, keys: &Fields) -> CustomKind {
        let (Some(node), Some(word)) = (keys.get("kind"), self.file.text(keys, "kind")) else {
            return CustomKind::Unspecified;
        };
        if let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == word) {
            return *kind;
        }
        let known: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        self.file.error(node, format!("{} is not a kind: the kinds are {}", quote(&word), known.join(", ")));
        CustomKind::Unspecified
    }

    fn check_name(&mut self, at: NodeId, name: &str) {
        if !self.names.insert(name.to_owned()) {
            self.file.error(at, format!("{} is given twice", quote(name)));
        }
        if !is_name(name) {
            self.file.error(at, format!("{} cannot be the name of a field: use {NAME_RULE}", quote(name)));
        }
    }

    fn check_length(&mut self, fields: &Fields, key: &str, text: &str) {
        let length = text.chars().count();
        if let (Some(at), true) = (fields.get(key), length > MAX_DESCRIPTION) {
            self.file.error(at, format!("has {length} characters: give {MAX_DESCRIPTION} at most"));
        }
    }

    fn check_names(&mut self, at: NodeId, kind: CustomKind, names_from: &str) {
        if !matches!(kind, CustomKind::Enum | CustomKind::Flags | CustomKind::Unspecified) {
            self.file.error(at, "only the kinds enum and flags have names: leave one of them out");
        }
        if !is_enum_or_pattern(names_from) {
            let example = r#"give for example "skb_drop_reason" or "SKB_GSO_*""#;
            let what = format!("{} is no name of an enum, and no beginning of names: {example}", quote(names_from));
            self.file.error(at, what);
        }
    }
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len()) && text.chars().all(|char| is_word(char) || char == '-')
}

fn is_enum_or_pattern(text: &str) -> bool {
    let name = text.strip_suffix('*').unwrap_or(text);
    (1..=MAX_ENUM_NAME).contains(&name.len())
        && name.chars().all(is_word)
        && !name.starts_with(|char: char| char.is_ascii_digit())
}
