//! The engine with models of toy size: what comes to memory, what leaves it, and what is refused.

use std::path::Path;

use ourvidz_core::JobType;
use ourvidz_core::wire::references::ReferenceType;

use super::*;
use crate::engine::{ChatMessage, ChatRole};
use crate::media::Picture;
use crate::worker::Order;

/// Counts what it is told, and stops after a number of steps.
#[derive(Default)]
struct Counting {
    steps: u32,
    pictures: Vec<Picture>,
    stop_after: Option<u32>,
    is_curious: bool,
    /// After which step, of which picture, and its width.
    previews: Vec<(u32, u32, u32)>,
}

impl Observer for Counting {
    fn step(&mut self, done: u32, _: u32) -> Result<(), Stopped> {
        self.steps = done;
        match self.stop_after {
            Some(most) if done >= most => Err(Stopped),
            _ => Ok(()),
        }
    }

    fn picture(&mut self, _: u32, picture: Picture) -> Result<(), Stopped> {
        self.pictures.push(picture);
        Ok(())
    }

    fn wants_step_previews(&mut self) -> bool {
        self.is_curious
    }

    fn step_preview(&mut self, index: u32, picture: Picture) {
        self.previews.push((self.steps, index, picture.width()));
    }
}

fn models(memory_mib: Option<u64>) -> Models {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/parity");
    Models {
        device: Some("cpu".to_owned()),
        precision: None,
        sampler: None,
        solver: None,
        tea_cache: None,
        memory_mib,
        sdxl: Some(fixtures.join("sdxl/model")),
        wan: Some(fixtures.join("wan/tiny")),
        qwen: Some(fixtures.join("qwen/model")),
    }
}

/// The smallest whole number of MiB that holds each model alone.
fn largest_mib() -> u64 {
    let found = examine(&models(None)).unwrap();
    let bytes = found.into_iter().map(|model| model.finding.unwrap());
    bytes.max().unwrap().div_ceil(1 << 20)
}

fn small(job_type: JobType, steps: u32) -> ImageRequest {
    let mut order = Order::preset(job_type, "a red fox in snow", "", 7, 1);
    let image = order.image_mut();
    (image.width, image.height, image.steps) = (32, 32, steps);
    image.clone()
}

fn ask(engine: &mut CandleEngine) -> Result<String, EngineError> {
    let request = ChatRequest {
        messages: vec![ChatMessage {
            role: ChatRole::User,
            text: "a red fox in snow".to_owned(),
        }],
        max_tokens: 5,
        temperature: 0.0,
        top_p: 1.0,
        seed: 0,
        stop: Vec::new(),
    };
    engine
        .chat(&request, &mut |_| Ok(()))
        .map(|answer| answer.text)
}

#[test]
fn without_a_bound_everything_stays() {
    let mut engine = CandleEngine::new(&models(None)).unwrap();
    assert!(engine.loaded().is_empty());
    engine.load(Model::Sdxl).unwrap();
    engine.load(Model::Wan).unwrap();
    assert_eq!(ask(&mut engine).unwrap(), "a red fox in snow");
    assert_eq!(engine.loaded(), [Model::Sdxl, Model::Wan]);
    engine.unload(Model::Sdxl);
    assert_eq!(engine.loaded(), [Model::Wan]);
}

#[test]
fn where_one_model_fits_each_sends_the_other_away_and_comes_back_whole() {
    let mut engine = CandleEngine::new(&models(Some(largest_mib()))).unwrap();
    let picture = |engine: &mut CandleEngine, job_type| {
        let mut observer = Counting::default();
        engine
            .text_to_image(&small(job_type, 2), &mut observer)
            .unwrap();
        assert_eq!(observer.steps, 2);
        observer.pictures.swap_remove(0)
    };
    let first = picture(&mut engine, JobType::SdxlImageFast);
    let clip = picture(&mut engine, JobType::ImageFast);
    assert!(engine.is_loaded(ModelPart::WanBody));
    assert!(!(engine.is_loaded(ModelPart::SdxlUnet) && engine.is_loaded(ModelPart::SdxlText)));
    ask(&mut engine).unwrap();
    assert!(!engine.is_loaded(ModelPart::WanText));
    assert_eq!(picture(&mut engine, JobType::SdxlImageFast), first);
    assert_eq!(picture(&mut engine, JobType::ImageFast), clip);
}

#[test]
fn what_cannot_fit_is_refused_in_numbers() {
    let mut engine = CandleEngine::new(&models(Some(1))).unwrap();
    for refused in [engine.load(Model::Sdxl), ask(&mut engine).map(drop)] {
        let Err(EngineError::Impossible(why)) = refused else {
            panic!("{refused:?}");
        };
        assert!(why.ends_with("MiB and WORKER_MEMORY_MIB allows 1"), "{why}");
    }
    assert!(engine.loaded().is_empty());
}

/// As the driver's error arrives.
fn out_of_memory() -> Error {
    let text = "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")";
    Error::Tensor(candle_core::Error::Cuda(text.into()))
}

#[test]
fn short_memory_empties_it_and_the_work_is_done_once_more() {
    let mut engine = CandleEngine::new(&models(None)).unwrap();
    engine.load(Model::Sdxl).unwrap();
    let mut found = Vec::new();
    let worked = engine.with_memory(&Cell::default(), |engine| {
        found.push(engine.loaded());
        match found.len() {
            1 => engine.settle(Err(out_of_memory())),
            _ => engine.load(Model::Wan),
        }
    });
    assert_eq!((worked, found), (Ok(()), vec![vec![Model::Sdxl], vec![]]));
    assert_eq!(engine.loaded(), [Model::Wan]);
}

#[test]
fn memory_that_stays_short_is_told_and_a_picture_is_not_made_twice() {
    let mut engine = CandleEngine::new(&models(None)).unwrap();
    for (has_delivered, most) in [(false, 2), (true, 1)] {
        let mut tries = 0;
        let worked = engine.with_memory(&Cell::new(has_delivered), |engine| {
            tries += 1;
            engine.settle::<()>(Err(out_of_memory()))
        });
        assert!(
            matches!(worked, Err(EngineError::OutOfMemory(_))),
            "{worked:?}"
        );
        assert_eq!(tries, most);
    }
}

#[test]
fn what_the_driver_says_decides_whether_the_device_is_broken() {
    for (name, is_sticky) in [
        ("CUDA_ERROR_ILLEGAL_ADDRESS", true),
        ("CUDA_ERROR_INVALID_VALUE", false),
    ] {
        let cause = candle_core::Error::Cuda(format!("DriverError({name}, \"\")").into());
        let error = EngineError::from(Error::Tensor(cause));
        let EngineError::Device {
            is_sticky: told, ..
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!(told, is_sticky, "{name}");
    }
}

#[test]
fn a_stop_is_heeded_at_the_step() {
    let mut engine = CandleEngine::new(&models(None)).unwrap();
    for job_type in [JobType::SdxlImageFast, JobType::ImageFast] {
        let mut observer = Counting {
            stop_after: Some(1),
            ..Counting::default()
        };
        let stopped = engine.text_to_image(&small(job_type, 4), &mut observer);
        assert_eq!((stopped, observer.steps), (Err(EngineError::Stopped), 1));
    }
    assert_eq!(engine.loaded(), [Model::Sdxl, Model::Wan]);
}

#[test]
fn both_models_show_how_far_they_are() {
    let mut engine = CandleEngine::new(&models(None)).unwrap();
    // The toy models have latents of four and of eight pixels.
    for (job_type, pixels) in [(JobType::SdxlImageFast, 4), (JobType::ImageFast, 8)] {
        let mut counting = Counting {
            is_curious: true,
            ..Counting::default()
        };
        let request = small(job_type, 3);
        engine.text_to_image(&request, &mut counting).unwrap();
        let width = request.width / pixels;
        assert_eq!(counting.previews, [(1, 0, width), (2, 0, width)]);
    }
}

#[test]
fn what_is_not_there_is_named() {
    let mut engine = CandleEngine::new(&Models {
        device: Some("cpu".to_owned()),
        ..Models::default()
    })
    .unwrap();
    let sdxl = engine.load(Model::Sdxl).unwrap_err().to_string();
    assert!(sdxl.contains("WORKER_SDXL_WEIGHTS"), "{sdxl}");
    assert_eq!(ask(&mut engine), Err(EngineError::Unsupported("chat")));
    assert_eq!(engine.language_model(), None);
    for (device, precision) in [("tpu", "f32"), ("cpu", "int8")] {
        let wrong = CandleEngine::new(&Models {
            device: Some(device.to_owned()),
            precision: Some(precision.to_owned()),
            ..Models::default()
        });
        assert!(wrong.is_err(), "{device} {precision}");
    }
}

#[test]
fn the_operators_sampler_is_used_and_named() {
    let usual = models(None);
    let other = Models {
        sampler: Some("dpmpp_2m_karras".to_owned()),
        solver: Some("unipc".to_owned()),
        ..usual.clone()
    };
    for (job_type, names) in [
        (JobType::SdxlImageFast, ["Euler", "DPM++ 2M Karras"]),
        (JobType::ImageFast, ["Euler", "UniPC"]),
    ] {
        let made = [&usual, &other].map(|models| {
            let mut engine = CandleEngine::new(models).unwrap();
            let mut observer = Counting::default();
            engine
                .text_to_image(&small(job_type, 4), &mut observer)
                .unwrap();
            let sampler = engine.info(job_type.model()).sampler;
            (sampler, observer.pictures.swap_remove(0))
        });
        assert_eq!([made[0].0, made[1].0], names);
        assert_ne!(made[0].1, made[1].1, "{job_type}");
    }
}

/// Else the same order would look otherwise after an update.
#[test]
fn every_shape_that_can_be_ordered_is_decoded_whole() {
    let tiling = ourvidz_engine_sdxl::vae::VaeTiling::default();
    for aspect in JobType::SdxlImageFast.aspects() {
        let [height, width] = [aspect.height, aspect.width].map(|side| side as usize / 8);
        assert!(tiling.is_whole(height, width), "{aspect:?}");
    }
}

#[test]
fn an_unknown_sampler_is_refused_with_those_that_there_are() {
    let unknown = Models {
        sampler: Some("ddim".to_owned()),
        ..models(None)
    };
    let error = CandleEngine::new(&unknown).err().unwrap().to_string();
    assert!(error.contains("euler or dpmpp_2m_karras"), "{error}");
}

#[test]
fn steps_are_reused_by_the_model_that_this_is_known_for() {
    let with = |threshold: &str, folder: &Path| Models {
        tea_cache: Some(threshold.to_owned()),
        sdxl: None,
        wan: Some(folder.to_owned()),
        qwen: None,
        ..models(None)
    };
    let tiny = models(None).wan.unwrap();
    let refused = |models: &Models| CandleEngine::new(models).err().unwrap().to_string();
    for wrong in ["on", "1.5"] {
        assert!(refused(&with(wrong, &tiny)).contains("0 (off)"), "{wrong}");
    }
    let error = refused(&with("0.08", &tiny));
    assert!(error.contains("2 layers of 32"), "{error}");
    let seen = |models: &Models| examine(models).unwrap().swap_remove(0);
    let problem = seen(&with("0.08", &tiny)).finding.unwrap_err();
    assert!(problem.starts_with("WORKER_WAN_TEACACHE: "), "{problem}");

    // Off: any model, and nothing is said of it.
    let off = with("0", &tiny);
    let info = CandleEngine::new(&off).unwrap().info(Model::Wan);
    assert_eq!(info.tea_cache, None);
    assert_eq!(seen(&off).note, None);

    let folder = std::env::temp_dir().join(format!("worker-published-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("transformer")).unwrap();
    let published = tiny.with_file_name("published").join("transformer.json");
    std::fs::copy(published, folder.join("transformer/config.json")).unwrap();
    let engine = CandleEngine::new(&with("0.08", &folder)).unwrap();
    assert_eq!(engine.info(Model::Wan).tea_cache, Some(0.08));
    assert_eq!(engine.info(Model::Sdxl).tea_cache, None);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Copies what lies in a folder into another one.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_character_is_looked_at_where_an_adapter_lies_beside_the_model() {
    let folder = std::env::temp_dir().join(format!("worker-adapter-{}", std::process::id()));
    let plain = models(None);
    let model = plain.sdxl.clone().unwrap();
    copy(&model, &folder);
    copy(&model.with_file_name("adapter"), &folder);
    let seeing = Models {
        sdxl: Some(folder.clone()),
        ..models(None)
    };
    let note = |models: &Models| examine(models).unwrap().swap_remove(0).note.unwrap();
    assert!(note(&plain).starts_with("without"));
    assert!(note(&seeing).starts_with("with an IP-Adapter"));

    // The steps tell the ways apart: one that starts from the picture leaves half of them out.
    for (models, steps) in [(plain, 2), (seeing, 4)] {
        let character = ReferencePicture {
            kind: ReferenceType::Character,
            picture: Picture::new(32, 32),
            strength_percent: 100,
        };
        let mut observer = Counting::default();
        CandleEngine::new(&models)
            .unwrap()
            .image_to_image(
                &small(JobType::SdxlImageFast, 4),
                &[character],
                &mut observer,
            )
            .unwrap();
        assert_eq!(observer.steps, steps);
    }
    std::fs::remove_dir_all(folder).unwrap();
}
