use super::*;

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

const KEY: &str = "0123456789abcdef";

fn source(pairs: &[(&str, &str)]) -> SettingsSource {
    let find = |name: &str| {
        pairs
            .iter()
            .find(|(variable, _)| *variable == name)
            .map(|(_, value)| (*value).to_owned())
    };
    SettingsSource::new(None, find).unwrap()
}

fn check(pairs: &[(&str, &str)], expected: &str) {
    let mut all = vec![
        ("OURVIDZ_EDGE_URL", "http://127.0.0.1:8787"),
        ("WORKER_ID", "gpu-1"),
        ("WORKER_KEY", SECRET),
    ];
    all.splice(0..0, pairs.iter().copied());
    let result = WorkerConfig::read(&source(&all))
        .map_or_else(|error| error.to_string(), |_| "ok".to_owned());
    assert!(result.contains(expected), "{pairs:?}: {result}");
}

#[test]
fn a_preview_does_not_serve_the_world_unless_told() {
    check(&[], "ok");
    check(&[("OURVIDZ_EDGE_URL", "http://[::1]:8787/")], "ok");
    check(&[("OURVIDZ_EDGE_URL", "http://localhost")], "ok");
    for elsewhere in [
        "https://api.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://10.0.0.1",
    ] {
        check(&[("OURVIDZ_EDGE_URL", elsewhere)], "OURVIDZ_ENGINE=preview");
        check(
            &[
                ("OURVIDZ_EDGE_URL", elsewhere),
                ("OURVIDZ_ENGINE", "preview"),
            ],
            "ok",
        );
    }
    check(&[("OURVIDZ_ENGINE", "magic")], "no engine `magic`");
    check(
        &[("WORKER_IMAGE_SERVER", "127.0.0.1:7860")],
        "WORKER_IMAGE_SERVER: must begin",
    );
    let candle = if cfg!(feature = "candle") {
        "ok"
    } else {
        "no engine `candle`"
    };
    check(
        &[("OURVIDZ_ENGINE", "candle"), ("WORKER_CLASSIFIER", "none")],
        candle,
    );
}

#[test]
fn real_pictures_are_judged_unless_it_is_written_down_that_they_are_not() {
    let http = ("OURVIDZ_ENGINE", "http");
    check(&[http], "WORKER_CLASSIFIER=none");
    check(&[http, ("WORKER_CLASSIFIER", "none")], "ok");
    check(
        &[http, ("WORKER_CLASSIFIER_URL", "http://127.0.0.1:9500/")],
        "ok",
    );
    check(
        &[http, ("WORKER_CLASSIFIER_COMMAND", "judge --threshold 1")],
        "ok",
    );
    check(&[("OURVIDZ_ENGINE", "preview")], "ok");
    check(&[http, ("WORKER_CLASSIFIER", "no")], "only says `none`");
    check(
        &[
            ("WORKER_CLASSIFIER", "none"),
            ("WORKER_CLASSIFIER_COMMAND", "judge"),
        ],
        "says `none`, and one is named",
    );
}

#[test]
fn a_key_comes_with_its_certificates() {
    let key = ("WORKER_CREDENTIALS_KEY", "/etc/ourvidz/key.pem");
    let chain = ("WORKER_CREDENTIALS_CHAIN", "/etc/ourvidz/chain.pem");
    let none = ("WORKER_CREDENTIALS", "none");
    let read = |pairs: &[(&str, &str)]| read_credentials(&source(pairs)).unwrap();
    assert_eq!(read(&[]), CredentialsChoice::Development);
    assert_eq!(read(&[none]), CredentialsChoice::None);
    let files = CredentialsChoice::Files {
        key: key.1.into(),
        chain: chain.1.into(),
    };
    assert_eq!(read(&[key, chain]), files);
    check(&[key], "WORKER_CREDENTIALS_CHAIN: is missing");
    check(&[chain], "WORKER_CREDENTIALS_KEY: is missing");
    check(&[none, key, chain], "says `none`, and a key");
    check(&[("WORKER_CREDENTIALS", "off")], "only says `none`");
}

#[test]
fn wrong_values_are_named() {
    check(
        &[("OURVIDZ_EDGE_URL", "127.0.0.1:8787")],
        "OURVIDZ_EDGE_URL: must begin",
    );
    check(&[("WORKER_KEY", "hunter2")], "WORKER_KEY: must be whsec_");
    check(&[("REDIS_URL", "http://x")], "REDIS_URL: must begin");
    check(
        &[("UPSTASH_REDIS_REST_URL", "https://x")],
        "UPSTASH_REDIS_REST_TOKEN: is missing",
    );
    check(&[("WORKER_QUEUES", "sdxl_queue, vip")], "`vip` is no queue");
    check(&[("WORKER_ID", "a b")], "WORKER_ID");
    check(
        &[("WORKER_METRICS", "0.0.0.0:9")],
        "must be a loopback address",
    );
    check(&[("PREVIEW_STEP_MS", "fast")], "must be a whole number");
    check(&[("WORKER_MEMORY_MIB", "0")], "must be above 0");
    check(&[("WORKER_MOST_STEPS", "0")], "must be above 0");
    check(
        &[("WORKER_CHAT", "0.0.0.0:9"), ("WORKER_CHAT_KEY", KEY)],
        "WORKER_CHAT: must be a loopback address",
    );
    check(
        &[("WORKER_CHAT", "127.0.0.1:9")],
        "WORKER_CHAT_KEY: is not set",
    );
    check(
        &[
            ("WORKER_CHAT", "127.0.0.1:9"),
            ("WORKER_CHAT_KEY", "hunter2"),
        ],
        "WORKER_CHAT_KEY: must have 16",
    );
    check(
        &[("WORKER_CHAT", "127.0.0.1:9"), ("WORKER_CHAT_KEY", KEY)],
        "ok",
    );
}

#[test]
fn weights_choose_the_engine_that_can_use_them() {
    let source = source(&[
        ("OURVIDZ_EDGE_URL", "http://127.0.0.1:8787"),
        ("WORKER_ID", "gpu-1"),
        ("WORKER_KEY", SECRET),
        ("WORKER_WAN_WEIGHTS", "/models/wan"),
        ("WORKER_CLASSIFIER", "none"),
    ]);
    let expected = if cfg!(feature = "candle") {
        EngineChoice::Candle
    } else {
        EngineChoice::Preview
    };
    assert_eq!(WorkerConfig::read(&source).unwrap().engine, expected);
}

#[test]
fn a_missing_value_is_explained() {
    let error = WorkerConfig::read(&source(&[])).unwrap_err().to_string();
    assert!(
        error.starts_with("OURVIDZ_EDGE_URL: is not set. It is the edge's address"),
        "{error}"
    );
    // A key counts for one name, so there is none to guess.
    let nameless = [
        ("OURVIDZ_EDGE_URL", "http://127.0.0.1:1"),
        ("WORKER_KEY", SECRET),
    ];
    let error = WorkerConfig::read(&source(&nameless)).unwrap_err();
    assert!(error.0.starts_with("WORKER_ID: is not set"), "{error}");
}

#[test]
fn secrets_are_never_printed() {
    let redis = "rediss://user:hunter2@example.com";
    let config = WorkerConfig::read(&source(&[
        ("OURVIDZ_EDGE_URL", "http://127.0.0.1:1"),
        ("WORKER_ID", "gpu-1"),
        ("WORKER_KEY", SECRET),
        ("REDIS_URL", redis),
    ]))
    .unwrap();
    let printed = format!("{config:?}");
    assert!(
        !printed.contains("hunter2") && !printed.contains("MDEyMzQ1"),
        "{printed}"
    );
}

#[test]
fn the_example_file_explains_every_setting_and_reads() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("worker.example.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for setting in SETTINGS {
        let explained = text.lines().any(|line| {
            line.trim_start_matches("# ")
                .starts_with(&format!("{} = ", setting.key))
        });
        assert!(explained, "{} is not in the example", setting.key);
    }
    WorkerConfig::read(&SettingsSource::new(Some(&path), |_| None).unwrap()).unwrap();
}

#[test]
fn a_number_in_the_file_may_have_a_fraction() {
    let path = std::env::temp_dir().join(format!("ourvidz-fraction-{}.toml", std::process::id()));
    std::fs::write(&path, "wan_teacache = 0.05\n").unwrap();
    let source = SettingsSource::new(Some(&path), |_| None).unwrap();
    std::fs::remove_file(&path).unwrap();
    let models = read_models(&source).unwrap();
    assert_eq!(models.tea_cache.as_deref(), Some("0.05"));
}

#[test]
fn an_unknown_key_in_the_file_is_refused() {
    let path =
        std::env::temp_dir().join(format!("ourvidz-config-test-{}.toml", std::process::id()));
    std::fs::write(&path, "edge_ulr = \"http://127.0.0.1:1\"\n").unwrap();
    let error = SettingsSource::new(Some(&path), |_| None)
        .unwrap_err()
        .to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("no setting `edge_ulr`"), "{error}");
}

#[test]
fn step_previews_are_shown_unless_they_are_switched_off() {
    let read = |pairs: &[(&str, &str)]| {
        let needed = [
            ("OURVIDZ_EDGE_URL", "http://127.0.0.1:8787"),
            ("WORKER_ID", "gpu-1"),
            ("WORKER_KEY", SECRET),
        ];
        let all = [&needed[..], pairs].concat();
        WorkerConfig::read(&source(&all)).map(|config| config.step_previews)
    };
    assert_eq!(read(&[]), Ok(true));
    assert_eq!(read(&[("WORKER_STEP_PREVIEWS", "on")]), Ok(true));
    assert_eq!(read(&[("WORKER_STEP_PREVIEWS", "off")]), Ok(false));
    check(&[("WORKER_STEP_PREVIEWS", "2")], "must be on or off");
}
