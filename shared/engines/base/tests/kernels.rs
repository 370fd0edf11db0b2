//! The kernels' sources in an emulator on the processor, and that the emulator notices what can go wrong in them.
//!
//! `kernels/*_check.cpp` compare with the formulas; a mutant is a source with one mistake, which must be found. The
//! compiler is g++, or what `CXX` names. Without one nothing is checked, which is said; where `CI` is set it fails.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

const KERNELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/kernels");

/// A mistake: in which file, instead of what, and what.
struct Mutant {
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
}

const fn mutant(file: &'static str, right: &'static str, wrong: &'static str) -> Mutant {
    Mutant { file, right, wrong }
}

const FLASH: [Mutant; 7] = [
    mutant(
        "flash.cuh",
        "    sync_block();  // the tile is there for all",
        "    // the tile",
    ),
    mutant("flash.cuh", "    copy_wait<0>();", "    copy_wait<1>();"),
    mutant("flash.cuh", "if ((tile + 1) * KEYS > p.keys)", "if (false)"),
    mutant("flash.cuh", "row.sum *= factor;", ""),
    mutant(
        "flash.cuh",
        "m * 16 + half * 8 + lane / 4",
        "m * 16 + (1 - half) * 8 + lane / 4",
    ),
    mutant(
        "flash.cuh",
        "constexpr int FLASH_ROW = SIZE + 8;",
        "constexpr int FLASH_ROW = SIZE;",
    ),
    mutant(
        "flash.cuh",
        "load_matrices_turned(b, v",
        "load_matrices(b, v",
    ),
];

const HOPPER: [Mutant; 6] = [
    mutant("flash_hopper.cuh", "    show_to_group();\n", ""),
    mutant("flash_hopper.cuh", "group_wait<1>();", "group_wait<2>();"),
    mutant(
        "flash_hopper.cuh",
        "(column / 8 % 8 ^ row % 8) * 8",
        "column / 8 % 8 * 8",
    ),
    mutant("flash_hopper.cuh", "KEYS * 128, 1024", "1024, 1024"),
    mutant(
        "flash_hopper.cuh",
        "vs + (tile - 1) % FLASH_STAGES",
        "vs + tile % FLASH_STAGES",
    ),
    mutant(
        "flash_hopper.cuh",
        "    sync_block();  // it is there for all",
        "    // it is there",
    ),
];

const ROWS: [Mutant; 7] = [
    mutant(
        "rows.cuh",
        "  sync_block();\n  a = b = 0.f;",
        "  a = b = 0.f;",
    ),
    mutant(
        "rows.cuh",
        "(v[e] - first - mean) * factor * scale[e]",
        "(v[e] - mean) * factor * scale[e]",
    ),
    mutant(
        "rows.cuh",
        "squares / p.size - mean * mean",
        "squares / p.size",
    ),
    mutant("rows.cuh", "a * s + b * c", "a * s - b * c"),
    mutant(
        "rows.cuh",
        "(group * p.parts + i) * 2 + 1]",
        "(group * p.parts + i) * 2]",
    ),
    mutant(
        "rows.cuh",
        "row * 2 * p.size + p.size + column",
        "row * 2 * p.size + column",
    ),
    mutant(
        "rows.cuh",
        "p.is_for_each ? channel : channel % p.channels",
        "channel",
    ),
];

/// The compiler, if there is one.
fn compiler() -> Option<String> {
    let name = std::env::var("CXX").unwrap_or_else(|_| "g++".to_owned());
    if Command::new(&name).arg("--version").output().is_ok() {
        return Some(name);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "there is no {name}: the kernels are not checked"
    );
    eprintln!("NOT CHECKED: the kernels, because there is no {name}");
    None
}

/// A folder of its own with the sources.
fn sources(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(KERNELS).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|ending| ["cuh", "cpp", "hpp"].iter().any(|one| ending == *one))
        {
            std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
    }
    folder
}

/// Whether a check passes, and what it says.
fn passes(compiler: &str, folder: &Path, check: &str) -> (bool, String) {
    let program = folder.join(check);
    let compiled = Command::new(compiler)
        .args(["-O1", "-std=c++17", "-o"])
        .arg(&program)
        .arg(folder.join(format!("{check}.cpp")))
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let ran = Command::new(&program).output().unwrap();
    (
        ran.status.success(),
        String::from_utf8_lossy(&ran.stdout).into_owned(),
    )
}

/// The check passes as it is, and with no mutant.
fn check(check: &str, name: &str, mutants: &[Mutant]) {
    let Some(compiler) = compiler() else { return };
    let (is_right, said) = passes(&compiler, &sources(name), check);
    assert!(is_right, "{said}");
    for (number, Mutant { file, right, wrong }) in mutants.iter().enumerate() {
        let folder = sources(&format!("{name}-{number}"));
        let source = std::fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(source.matches(right).count(), 1, "{file}: {right}");
        std::fs::write(folder.join(file), source.replace(right, wrong)).unwrap();
        let (is_missed, said) = passes(&compiler, &folder, check);
        assert!(
            !is_missed,
            "{file}: nobody notices {wrong:?} instead of {right:?}\n{said}"
        );
    }
}

#[test]
fn attention_is_right_and_mistakes_are_found() {
    check("flash_check", "flash", &FLASH);
}

#[test]
fn attention_on_hopper_is_right_and_mistakes_are_found() {
    check("flash_hopper_check", "flash-hopper", &HOPPER);
}

#[test]
fn rows_are_right_and_mistakes_are_found() {
    check("rows_check", "rows", &ROWS);
}

/// FNV-1a, as `tools/worker/kernels.mjs` writes it above what nvcc made.
fn fingerprint(texts: &[String]) -> String {
    let bytes = texts.iter().flat_map(|text| text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[test]
fn what_is_launched_was_made_of_these_sources() {
    for (module, sources) in [
        ("flash", &["device.cuh", "flash.cuh", "flash.cu"][..]),
        ("rows", &["device.cuh", "rows.cuh", "rows.cu"]),
        (
            "flash_hopper",
            &[
                "device.cuh",
                "hopper.cuh",
                "flash.cuh",
                "flash_hopper.cuh",
                "flash_hopper.cu",
            ],
        ),
    ] {
        let read = |file: &str| std::fs::read_to_string(Path::new(KERNELS).join(file)).unwrap();
        let texts: Vec<String> = sources.iter().map(|file| read(file)).collect();
        let wanted = format!("// sources {}", fingerprint(&texts));
        let ptx = read(&format!("{module}.ptx"));
        let found = ptx.lines().next().unwrap_or_default();
        assert_eq!(
            found, wanted,
            "{module}.ptx is old: `npm run worker -- kernels`"
        );
    }
}
