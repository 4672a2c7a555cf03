use std::fs;
use std::path::Path;

use clovers_back::openapi_json;
use serde_json::Value;
use sqlx::PgPool;

use crate::harness::TestApp;

#[test]
fn the_committed_document_fits_the_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    assert!(
        fs::read_to_string(file).unwrap() == openapi_json(),
        "clovers-back/openapi.json does not fit the code: run ./just openapi and commit it"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn the_served_document_is_the_committed_one(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let document = app.get_json("/openapi.json").await;
    assert_eq!(
        document,
        serde_json::from_str::<Value>(&openapi_json()).unwrap()
    );
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    fn visit(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference
                        .strip_prefix('#')
                        .expect("references stay in the document");
                    assert!(
                        document.pointer(pointer).is_some(),
                        "{reference} leads nowhere"
                    );
                }
                fields.values().for_each(|value| visit(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| visit(value, document)),
            _ => {}
        }
    }
    let document = serde_json::from_str(&openapi_json()).unwrap();
    visit(&document, &document);
}
