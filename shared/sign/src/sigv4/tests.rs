use super::*;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

/// The key pair of Amazon's documentation.
fn example(endpoint: &str, region: &str) -> Credentials {
    Credentials {
        endpoint: Endpoint::parse(endpoint).unwrap(),
        region: region.to_string(),
        layout: Layout::Buckets,
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_string(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_string(),
    }
}

const fn request<'a>(method: Method, bucket: &'a str, key: &'a str, expires_s: u32) -> Presign<'a> {
    Presign {
        method,
        bucket,
        key,
        expires_s,
        headers: &[],
    }
}

/// 2026-11-21T10:00:00Z.
const NOW_MS: u64 = 1_795_255_200_000;

#[test]
fn as_in_amazons_documentation() {
    // "Authenticating Requests: Using Query Parameters", GET of examplebucket/test.txt on 2013-05-24.
    let credentials = example("https://examplebucket.s3.amazonaws.com", "us-east-1");
    let url = presign_path(
        &credentials,
        &request(Method::Get, "", "", 86_400),
        "GET",
        "/test.txt",
        "",
        1_369_353_600_000,
    );
    assert_eq!(
        url,
        "https://examplebucket.s3.amazonaws.com/test.txt\
         ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

#[test]
fn the_signing_key_is_amazons() {
    // "Examples of how to derive a signing key for Signature Version 4".
    let key = signing_key(
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "20120215",
        "us-east-1",
        "iam",
    );
    assert_eq!(
        hex(&key),
        "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
    );
}

/// These were made with botocore 1.43.11 (`S3SigV4QueryAuth`) for the same requests.
#[test]
fn as_botocore_signs() {
    let local = Credentials {
        access_key_id: "local".to_string(),
        secret_access_key: "local secret+/=".to_string(),
        ..example("http://127.0.0.1:8787/cdn-cgi/local/r2/s3", "auto")
    };
    let upload = Presign {
        headers: &[("Content-Type", "image/png"), ("Content-Length", "123456")],
        ..request(Method::Put, "sdxl_image_fast", "u/sdxl_1_1_0.png", 600)
    };
    let supabase = example("https://abc.supabase.co/storage/v1/s3/", "eu-central-1");
    let strange_key = "a b/ü+&=?#%41/[x]~é*('!).png";
    let one_bucket = Credentials {
        layout: Layout::Prefixes("ourvidz".to_string()),
        ..example("https://acct.r2.cloudflarestorage.com", "auto")
    };
    let other_port = Credentials {
        endpoint: Endpoint::parse("https://acct.r2.cloudflarestorage.com:9443").unwrap(),
        ..one_bucket.clone()
    };
    for (credentials, request, path, signature) in [
        (
            &local,
            upload,
            "http://127.0.0.1:8787/cdn-cgi/local/r2/s3/sdxl_image_fast/u/sdxl_1_1_0.png",
            "297618d6383fdf183212998860560c8fb7539d5fa615a2a8e523cfabd5c730e6",
        ),
        (
            &supabase,
            request(Method::Get, "reference_images", strange_key, 5400),
            "https://abc.supabase.co/storage/v1/s3/reference_images/a%20b/%C3%BC%2B%26%3D%3F%23%2541/%5Bx%5D~%C3%A9%2A%28%27%21%29.png",
            "cd79d909a9c3ac0e9362ef1f36c394da248e200a2381d3a3e91209621e20aa2a",
        ),
        (
            &one_bucket,
            request(Method::Head, "video_high", "u/j_1_0.mp4", 60),
            "https://acct.r2.cloudflarestorage.com/ourvidz/video_high/u/j_1_0.mp4",
            "f26ba9a46277d83fe2dcbede406150b9222c1db2ea686ebd81a80f264cbdae41",
        ),
        (
            &other_port,
            request(Method::Delete, "video_high", "u/j_1_0.mp4", 60),
            "https://acct.r2.cloudflarestorage.com:9443/ourvidz/video_high/u/j_1_0.mp4",
            "cb4a2f06c1b1617807291b5cba5241a04500e514565ea7fc389260a0dcf8f8de",
        ),
    ] {
        let url = presign(credentials, &request, NOW_MS);
        assert!(url.starts_with(&format!("{path}?")), "{url}");
        assert!(
            url.ends_with(&format!("&X-Amz-Signature={signature}")),
            "{url}"
        );
    }
}

#[test]
fn signed_headers_are_named_in_order() {
    let credentials = example("https://s3.example", "auto");
    let upload = Presign {
        headers: &[("Content-Type", " image/png "), ("content-length", "7")],
        ..request(Method::Put, "b", "k", 60)
    };
    let url = presign(&credentials, &upload, NOW_MS);
    assert!(
        url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&"),
        "{url}"
    );
    let tidy = Presign {
        headers: &[("content-length", "7"), ("content-type", "image/png")],
        ..upload
    };
    assert_eq!(url, presign(&credentials, &tidy, NOW_MS));
}

#[test]
fn links_for_reading_stay_the_same_for_half_an_hour_and_good_for_one() {
    let credentials = example("https://s3.example", "auto");
    let link = |now_ms| presign_read(&credentials, "b", "k", now_ms);
    let half_past = NOW_MS + READ_WINDOW_MS;
    assert_eq!(link(NOW_MS), link(half_past - 1));
    assert_ne!(link(NOW_MS), link(half_past));
    assert!(link(half_past - 1).contains("X-Amz-Date=20261121T100000Z&X-Amz-Expires=5400"));
    // At its last moment in use, a link is good for another hour.
    assert!(NOW_MS + u64::from(READ_EXPIRES_S) * 1000 - (half_past - 1) > 3_600_000);
}

#[test]
fn a_validity_is_kept_within_what_the_scheme_allows() {
    let credentials = example("https://s3.example", "auto");
    let url = |expires_s| {
        presign(
            &credentials,
            &request(Method::Get, "b", "k", expires_s),
            NOW_MS,
        )
    };
    assert!(url(0).contains("X-Amz-Expires=1&"));
    assert!(url(u32::MAX).contains("X-Amz-Expires=604800&"));
}

#[test]
fn everything_that_is_signed_changes_the_signature() {
    let credentials = example("https://s3.example", "auto");
    let base = request(Method::Get, "b", "k", 60);
    let signature = |credentials: &Credentials, request: &Presign<'_>, now_ms| {
        let url = presign(credentials, request, now_ms);
        url.rsplit_once('=').unwrap().1.to_string()
    };
    let mut all: Vec<String> = vec![
        signature(&credentials, &base, NOW_MS),
        signature(&credentials, &base, NOW_MS + 1000),
        signature(
            &credentials,
            &Presign {
                method: Method::Put,
                ..base
            },
            NOW_MS,
        ),
        signature(
            &credentials,
            &Presign {
                bucket: "c",
                ..base
            },
            NOW_MS,
        ),
        signature(&credentials, &Presign { key: "l", ..base }, NOW_MS),
        signature(
            &credentials,
            &Presign {
                expires_s: 61,
                ..base
            },
            NOW_MS,
        ),
        signature(
            &credentials,
            &Presign {
                headers: &[("a", "b")],
                ..base
            },
            NOW_MS,
        ),
        signature(&example("https://s3.example:8443", "auto"), &base, NOW_MS),
        signature(&example("https://s3.example", "other"), &base, NOW_MS),
        signature(
            &Credentials {
                secret_access_key: "x".to_string(),
                ..credentials.clone()
            },
            &base,
            NOW_MS,
        ),
    ];
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn endpoints_are_read_strictly() {
    for (url, host, prefix) in [
        ("https://s3.example", "s3.example", ""),
        ("https://S3.Example:443/", "s3.example", ""),
        ("http://127.0.0.1:80", "127.0.0.1", ""),
        ("http://127.0.0.1:8787/a/b/", "127.0.0.1:8787", "/a/b"),
        ("https://s3.example:80", "s3.example:80", ""),
    ] {
        let endpoint = Endpoint::parse(url).unwrap();
        assert_eq!(
            (endpoint.host.as_str(), endpoint.path_prefix.as_str()),
            (host, prefix),
            "{url}"
        );
    }
    for url in [
        "",
        "s3.example",
        "ftp://s3.example",
        "HTTPS://s3.example",
        "https://",
        "https:///path",
        "https://user:secret@s3.example",
        "https://s3.example/?a=b",
        "https://s3.example/a b",
        "https://s3.example/%41",
        "https://s3.example\n",
    ] {
        assert_eq!(Endpoint::parse(url), Err(NotAnEndpoint), "{url}");
    }
}

#[test]
fn layouts_are_read_strictly() {
    assert_eq!(Layout::parse("buckets"), Some(Layout::Buckets));
    assert_eq!(
        Layout::parse("prefixes"),
        Some(Layout::Prefixes("ourvidz".to_string()))
    );
    assert_eq!(
        Layout::parse("prefixes:my-media"),
        Some(Layout::Prefixes("my-media".to_string()))
    );
    for setting in [
        "",
        "bucket",
        "prefixes:",
        "prefixes:a/b",
        "prefixes:..a",
        "prefixes:A-B-C",
    ] {
        assert_eq!(Layout::parse(setting), None, "{setting}");
    }
}

#[test]
fn the_secret_is_not_printed() {
    let printed = format!("{:?}", example("https://s3.example", "auto"));
    assert!(
        !printed.contains("wJalr") && !printed.contains("AKIA"),
        "{printed}"
    );
}

/// Undoes percent-encoding.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = core::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    bytes
}

proptest! {
    #[test]
    fn encoding_loses_nothing_and_leaves_only_harmless_bytes(text in "\\PC{0,40}") {
        let encoded = encode(&text, Slash::Encode);
        prop_assert!(encoded.bytes().all(|byte| is_unreserved(byte) || byte == b'%'));
        prop_assert_eq!(decode(&encoded), text.as_bytes());
        prop_assert_eq!(encode(&text, Slash::Keep).replace('/', "%2F"), encoded);
    }

    #[test]
    fn takes_any_endpoint_without_a_panic(text in "(https?://)?\\PC{0,30}") {
        let _ = Endpoint::parse(&text);
    }
}
