use super::*;

struct Table(Vec<(&'static str, &'static str)>);

impl Source for Table {
    fn get(&self, name: &str) -> Option<String> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    }
}

const SECRETS: [&str; 6] = [
    "EDGE_DB_JWT",
    "UPSTASH_REDIS_REST_TOKEN",
    "WORKER_CALLBACK_SECRET",
    "CALLBACK_TOKEN_SECRET",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
];

fn complete() -> Table {
    Table(vec![
        ("SUPABASE_URL", "http://db/"),
        ("SUPABASE_ANON_KEY", "anon"),
        ("EDGE_DB_JWT", "jwt"),
        ("UPSTASH_REDIS_REST_URL", "http://redis"),
        ("UPSTASH_REDIS_REST_TOKEN", "token"),
        ("WORKER_CALLBACK_SECRET", "whsec_x"),
        ("CALLBACK_TOKEN_SECRET", "y"),
        ("PUBLIC_BASE_URL", "https://edge.example/"),
        ("S3_ENDPOINT", "http://s3"),
        ("S3_ACCESS_KEY_ID", "id"),
        ("S3_SECRET_ACCESS_KEY", "secret"),
    ])
}

#[test]
fn the_defaults_are_the_safe_ones() {
    let settings = Settings::read(&complete(), &SECRETS).unwrap_or_else(|_| panic!("complete"));
    assert_eq!(settings.supabase_url, "http://db");
    assert_eq!(settings.callback_auth, CallbackAuth::Signed);
    assert!(settings.asset_check && !settings.admin_mock_images && !settings.debug_responses);
    assert_eq!(
        (settings.starting_credits, settings.default_num_images),
        (0, 1)
    );
}

#[test]
fn what_is_missing_or_malformed_is_named_without_its_value() {
    let mut table = complete();
    table.0.retain(|(name, _)| *name != "EDGE_DB_JWT");
    table.0.push(("DEFAULT_NUM_IMAGES", "4"));
    table.0.push(("CALLBACK_AUTH", "sesame"));
    table.0.push(("S3_BUCKET_LAYOUT", "heaps"));
    table.0.push(("WEBHOOKS_PER_PASS", "0"));
    table.0.push(("CREDITS_URL", "javascript:alert(1)"));
    let Err(error) = Settings::read(&table, &SECRETS) else {
        panic!("should be refused")
    };
    let body = error.to_body("r").to_string();
    for name in [
        "EDGE_DB_JWT",
        "DEFAULT_NUM_IMAGES",
        "CALLBACK_AUTH",
        "S3_BUCKET_LAYOUT",
        "WEBHOOKS_PER_PASS",
        "CREDITS_URL",
    ] {
        assert!(body.contains(name), "{name}");
    }
    assert!(!body.contains("sesame"));
    assert_eq!(error.code.status(), 500);
}

#[test]
fn webhooks_stay_off_the_machine_unless_the_deployment_is_on_it() {
    let allowed = |base_url: &'static str, switch: &'static str| {
        let mut table = complete();
        table.0.retain(|(name, _)| *name != "PUBLIC_BASE_URL");
        table.0.push(("PUBLIC_BASE_URL", base_url));
        table.0.push(("LOCAL_WEBHOOKS", switch));
        Settings::read(&table, &SECRETS).is_ok_and(|settings| settings.local_webhooks)
    };
    assert!(allowed("http://127.0.0.1:8787", "on"));
    assert!(!allowed("http://127.0.0.1:8787", "off"));
    assert!(!allowed("https://edge.example", "on"));
}

#[test]
fn origins_are_a_list_or_everyone() {
    assert!(list(Some("*".into())).is_empty());
    assert_eq!(
        list(Some("https://a.example/, https://b.example".into())),
        ["https://a.example", "https://b.example"]
    );
}

#[test]
fn a_secret_is_missed_by_those_alone_that_use_it() {
    let mut table = complete();
    table.0.retain(|(name, _)| !SECRETS.contains(name));
    assert!(Settings::read(&table, &[]).is_ok());
    for secret in SECRETS {
        let error = Settings::read(&table, &[secret]).err().unwrap();
        assert_eq!(
            error.details.as_ref(),
            Some(&serde_json::json!({ "settings": [secret] }))
        );
    }
}
