//! The conformance kit: recorded streams, manifests and modules.

#[path = "common/kit.rs"]
mod kit;

use std::path::Path;

use ipftrace::{Decoder, Error, Loaded, load_manifest, load_module, v1};
use serde_json::{Value, json};

#[test]
fn recorded_streams() {
    for path in kit::files("cases", "binpb") {
        let mut decoder = Decoder::default();
        let mut told = kit::Told::default();
        for event in kit::messages(&path).into_iter().flat_map(|message| decoder.events(message)) {
            told.add(&event);
        }
        told.compare(&path.to_string_lossy(), &path.with_extension("jsonl"), &path.with_extension("txt"));
    }
}

#[test]
fn manifests() {
    test_files("manifests", |path| load_manifest(path), manifest_json);
}

#[test]
fn modules() {
    test_files("modules", |path| load_module(path), module_json);
}

fn test_files<T>(folder: &str, load: fn(&Path) -> Result<Loaded<T>, Error>, to_json: fn(&T) -> Value) {
    for path in kit::files(folder, "yaml") {
        let expected = kit::json(&path.with_extension("json"));
        match (load(&path), expected.get("refusedInLine")) {
            (Ok(loaded), None) => assert_eq!(to_json(&loaded.value), expected, "{path:?}"),
            (Err(Error::File(fault)), Some(line)) => {
                // For what is no YAML at all any line will do.
                let is_yaml = !path.ends_with("refused-not-yaml.yaml");
                assert!(!is_yaml || *line == fault.problems[0].line, "not in line {line}: {fault}");
            }
            (Ok(_), Some(_)) => panic!("{path:?} is not refused"),
            (Err(fault), _) => panic!("{path:?}: {fault}"),
        }
    }
}

fn manifest_json(manifest: &v1::Manifest) -> Value {
    let groups = manifest.groups.iter().map(|group| {
        let functions = group.functions.iter().map(|function| {
            json!({ "name": function.name, "skbPosition": function.skb_position, "egress": function.egress })
        });
        json!({ "name": group.name, "description": group.description, "functions": functions.collect::<Vec<_>>() })
    });
    json!({ "name": manifest.name, "description": manifest.description, "groups": groups.collect::<Vec<_>>() })
}

fn module_json(module: &v1::Module) -> Value {
    let fields = module.fields.iter().map(|field| {
        json!({
            "name": field.name,
            "read": field.read,
            "unit": field.unit,
            "description": field.description,
            "namesFrom": field.names_from,
            "alternatives": field.alternatives,
            "optional": field.optional,
            "kind": field.kind().as_str_name(),
        })
    });
    let fields = fields.collect::<Vec<_>>();
    json!({ "name": module.name, "description": module.description, "match": module.r#match, "fields": fields })
}

#[test]
fn the_version_is_that_of_the_contract() {
    let server = kit::folder().join("../../package.json");
    if server.exists() {
        assert_eq!(kit::json(&server)["version"], env!("CARGO_PKG_VERSION"));
    }
}
