//! Golden files: what each order is answered.

use ourvidz_core::Code;
use ourvidz_edge::testing::{answer_of, golden, post};
use ourvidz_rest::fakes::World;

use crate::{digest_of, generate_admin_image, picture};

const PATH: &str = "/functions/v1/generate-admin-image";

#[test]
fn golden_files() {
    golden("generate-admin-image", |_, request| {
        let world = World::new();
        let call = post(
            &world,
            PATH,
            &[("x-admin-secret", "admin")],
            &request.to_string(),
        );
        let answer = answer_of(pollster::block_on(generate_admin_image(&call)));
        assert!(world.sent().is_empty(), "it asks nobody");
        vec![("reply", answer)]
    });
}

#[test]
fn off_is_off_for_everyone() {
    let mut call = post(
        &World::new(),
        PATH,
        &[("x-admin-secret", "admin")],
        r#"{"prompt":"x"}"#,
    );
    let mut settings = (*call.settings).clone();
    settings.admin_mock_images = false;
    call.settings = settings.into();
    let refusal = pollster::block_on(generate_admin_image(&call))
        .err()
        .unwrap();
    assert_eq!(refusal.code, Code::NotFound);
}

#[test]
fn only_a_digest_is_a_picture() {
    let digest = "0f".repeat(32);
    assert_eq!(digest_of(&digest), Some([0x0f; 32]));
    for wrong in [
        "",
        "0f",
        &"0g".repeat(32),
        &"é".repeat(32),
        &"+1".repeat(32),
    ] {
        assert_eq!(digest_of(wrong), None, "{wrong}");
    }
    assert_eq!(picture(&format!("{digest}.png")).unwrap().status, 200);
    assert!(picture(&digest).is_err());
}
