//! JSON Schemas and the AsyncAPI document, generated from the Rust types.
//!
//! The files are committed under `pipeline/schemas/`; after a change of a type
//! `streetwatch schema write` writes them anew.

use super::{
    CameraConfig, CameraHealth, Candidate, CloudEvent, Component, DeviceReading, Segment, StateSnapshot, Verdict,
    dataschema,
};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};
use std::{fs, io, path::Path};

/// A topic as DESIGN.md has it, and the message on it where its payload exists.
struct Topic {
    name: &'static str,
    key: &'static str,
    cleanup: &'static str,
    flow: &'static str,
    message: Option<(&'static str, &'static str)>,
}

const TOPICS: [Topic; 8] = [
    Topic {
        name: "cameras",
        key: "camera id",
        cleanup: "compact",
        flow: "registry to workers: the group's partitions decide which worker owns which camera",
        message: Some(("camera", "camera-config")),
    },
    Topic {
        name: "segments",
        key: "camera id",
        cleanup: "delete",
        flow: "edge recorders to workers: encoded GOPs, or a URI to them",
        message: Some(("segment", "segment")),
    },
    Topic {
        name: "readings",
        key: "device id",
        cleanup: "delete",
        flow: "gateways to sensor workers",
        message: Some(("reading", "device-reading")),
    },
    Topic {
        name: "state",
        key: "camera or device id",
        cleanup: "compact",
        flow: "workers: operator snapshots, restored on assignment",
        message: Some(("snapshot", "state-snapshot")),
    },
    Topic {
        name: "dispatch",
        key: "camera or device id",
        cleanup: "delete",
        flow: "workers to console and the city's case system; kept long",
        message: Some(("candidate", "candidate")),
    },
    Topic {
        name: "verdicts",
        key: "candidate id",
        cleanup: "delete",
        flow: "console to feedback and the city's case system; kept long",
        message: Some(("verdict", "verdict")),
    },
    Topic {
        name: "health",
        key: "camera or device id",
        cleanup: "compact",
        flow: "workers to console and metrics",
        message: Some(("health", "camera-health")),
    },
    Topic {
        name: "components",
        key: "component id",
        cleanup: "compact",
        flow: "census to workers: what is registered, and where it appears in pictures",
        message: Some(("component", "component")),
    },
];

/// Every generated document: file name and text, in a fixed order.
pub fn documents() -> Vec<(String, String)> {
    vec![
        document("candidate.schema.json", schema_of::<Candidate>("candidate")),
        document("candidate-event.schema.json", schema_of::<CloudEvent<Candidate>>("candidate-event")),
        document("camera-health.schema.json", schema_of::<CameraHealth>("camera-health")),
        document("camera-health-event.schema.json", schema_of::<CloudEvent<CameraHealth>>("camera-health-event")),
        document("state-snapshot.schema.json", schema_of::<StateSnapshot>("state-snapshot")),
        document("state-snapshot-event.schema.json", schema_of::<CloudEvent<StateSnapshot>>("state-snapshot-event")),
        document("evidence-manifest.schema.json", schema_of::<crate::evidence::Manifest>("evidence-manifest")),
        document("component.schema.json", schema_of::<Component>("component")),
        document("component-event.schema.json", schema_of::<CloudEvent<Component>>("component-event")),
        document("device-reading.schema.json", schema_of::<DeviceReading>("device-reading")),
        document("device-reading-event.schema.json", schema_of::<CloudEvent<DeviceReading>>("device-reading-event")),
        document("segment.schema.json", schema_of::<Segment>("segment")),
        document("segment-event.schema.json", schema_of::<CloudEvent<Segment>>("segment-event")),
        document("verdict.schema.json", schema_of::<Verdict>("verdict")),
        document("verdict-event.schema.json", schema_of::<CloudEvent<Verdict>>("verdict-event")),
        document("camera-config.schema.json", schema_of::<CameraConfig>("camera-config")),
        document("camera-config-event.schema.json", schema_of::<CloudEvent<CameraConfig>>("camera-config-event")),
        document("asyncapi.json", asyncapi()),
    ]
}

/// Writes every document into `folder`, which is made where it is missing.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in documents() {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Names of the documents that are missing in `folder` or differ from what the types say.
pub fn differences(folder: &Path) -> Vec<String> {
    // Compared as JSON, since the order of keys depends on a feature that any crate of the build may switch on.
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let same = |name: &str, text: &str| {
        fs::read_to_string(folder.join(name)).is_ok_and(|found| parsed(&found).is_some_and(|f| Some(f) == parsed(text)))
    };
    documents().into_iter().filter(|(name, text)| !same(name, text)).map(|(name, _)| name).collect()
}

fn document(name: &str, value: Value) -> (String, String) {
    (name.to_owned(), format!("{value:#}\n"))
}

fn schema_of<T: JsonSchema>(name: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), dataschema(name).into());
    schema.to_value()
}

fn asyncapi() -> Value {
    let mut channels = serde_json::Map::new();
    let mut operations = serde_json::Map::new();
    let mut messages = serde_json::Map::new();
    for topic in &TOPICS {
        let mut names = serde_json::Map::new();
        if let Some((message, schema)) = topic.message {
            names.insert(message.to_owned(), json!({ "$ref": format!("#/components/messages/{message}") }));
            let description = format!("The record's key is the {}.", topic.key);
            let definition = json!({
                "title": format!("CloudEvent 1.0 with a {schema}"),
                "contentType": "application/cloudevents+json",
                "payload": { "$ref": format!("./{schema}-event.schema.json") },
                "bindings": { "kafka": { "key": { "type": "string", "description": description } } },
            });
            messages.insert(message.to_owned(), definition);
            let reference = json!({ "$ref": format!("#/channels/{}", topic.name) });
            for action in ["send", "receive"] {
                let operation = json!({ "action": action, "channel": reference });
                operations.insert(format!("{action}-{}", topic.name), operation);
            }
        }
        let channel = json!({
            "address": topic.name,
            "description": format!("Key: {}. {}.", topic.key, topic.flow),
            "messages": names,
            "bindings": { "kafka": { "topicConfiguration": { "cleanup.policy": [topic.cleanup] } } },
        });
        channels.insert(topic.name.to_owned(), channel);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "streetwatch",
            "version": "1",
            "description": "Topics of streetwatch, on Kafka or on the embedded log. \
                            A channel without messages is reserved: nothing is sent on it yet.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::examples;

    fn folder() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
    }

    #[test]
    fn the_committed_schemas_are_those_of_the_types() {
        let stale = differences(&folder());
        assert!(stale.is_empty(), "pipeline/schemas: {stale:?} differ from the Rust types; run `make schemas`");
    }

    fn schema(name: &str) -> Value {
        let text = documents().into_iter().find(|(n, _)| n == name).expect("known document").1;
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn example_payloads_keep_to_their_schemas_and_broken_ones_do_not() {
        let cases = [
            ("candidate.schema.json", serde_json::to_value(examples::candidate()), "raised_at"),
            (
                "candidate-event.schema.json",
                serde_json::to_value(CloudEvent::candidate("c", examples::candidate())),
                "id",
            ),
            ("camera-health.schema.json", serde_json::to_value(examples::health()), "state"),
            ("component.schema.json", serde_json::to_value(examples::component()), "state"),
            (
                "component-event.schema.json",
                serde_json::to_value(CloudEvent::component("c", examples::after_eight(0), examples::component())),
                "data",
            ),
            (
                "camera-health-event.schema.json",
                serde_json::to_value(CloudEvent::health("c", examples::health())),
                "data",
            ),
            ("camera-config.schema.json", serde_json::to_value(examples::camera()), "settings"),
            (
                "camera-config-event.schema.json",
                serde_json::to_value(CloudEvent::camera("c", examples::after_eight(0), examples::camera())),
                "data",
            ),
            ("segment.schema.json", serde_json::to_value(examples::segment()), "sha256"),
            ("segment-event.schema.json", serde_json::to_value(CloudEvent::segment("c", examples::segment())), "data"),
            ("verdict.schema.json", serde_json::to_value(examples::verdict()), "reviewer"),
            ("verdict-event.schema.json", serde_json::to_value(CloudEvent::verdict("c", examples::verdict())), "data"),
        ];
        for (name, example, required) in cases {
            let validator = jsonschema::validator_for(&schema(name)).expect("a valid schema");
            let mut example = example.expect("serialises");
            if let Err(error) = validator.validate(&example) {
                panic!("{name}: {error}");
            }
            example.as_object_mut().expect("an object").remove(required);
            assert!(!validator.is_valid(&example), "{name} accepts a payload without {required}");
        }
    }

    #[test]
    fn a_box_outside_the_picture_and_a_short_hash_break_the_schema() {
        let validator = jsonschema::validator_for(&schema("candidate.schema.json")).expect("a valid schema");
        let good = serde_json::to_value(examples::candidate()).expect("serialises");
        let mut outside = good.clone();
        outside["object"]["bbox"][0] = 1.5.into();
        assert!(!validator.is_valid(&outside));
        let mut short = good;
        short["evidence"][0]["sha256"] = "abc".into();
        assert!(!validator.is_valid(&short));
    }

    #[test]
    fn the_asyncapi_document_has_the_eight_topics_and_its_references_lead_somewhere() {
        let api = schema("asyncapi.json");
        assert_eq!(api["channels"].as_object().expect("channels").len(), 8);
        let names: Vec<String> = documents().into_iter().map(|(name, _)| name).collect();
        for message in api["components"]["messages"].as_object().expect("messages").values() {
            let file = message["payload"]["$ref"].as_str().expect("a reference").trim_start_matches("./");
            assert!(names.iter().any(|n| n == file), "{file} is not generated");
        }
        for channel in api["channels"].as_object().expect("channels").values() {
            for message in channel["messages"].as_object().expect("messages").values() {
                let pointer = message["$ref"].as_str().expect("a reference").trim_start_matches('#');
                assert!(api.pointer(pointer).is_some(), "{pointer} leads nowhere");
            }
        }
    }
}
