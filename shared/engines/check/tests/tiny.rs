//! Each part of the check on the processor, in toy sizes: on the day that a GPU is there, it must not be the check that
//! fails.

use std::path::Path;

use candle_core::{DType, Device};
use ourvidz_engine_check::{CheckSetting, Part, Report, run};

#[test]
fn every_part_runs_and_nothing_is_wrong() {
    let setting = CheckSetting {
        device: Device::Cpu,
        precision: DType::F32,
        is_tiny: true,
        fixtures: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/parity"),
    };
    for part in Part::ALL {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.tsv", part.name()));
        let mut report = Report::new(Box::new(std::fs::File::create(&path).unwrap()));
        run(part, &setting, &mut report).unwrap();
        let told = std::fs::read_to_string(&path).unwrap();
        assert_eq!(report.failures(), 0, "{told}");
        assert!(!told.is_empty(), "{} tells nothing", part.name());
    }
}
