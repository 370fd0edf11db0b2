//! A network of toy size against what transformers computed with it: see `tests/parity/qwen/make_fixture.py`.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking like the test itself"
)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::weights::Weights;
use ourvidz_engine_qwen::{
    Finish, Options, Qwen, QwenConfig, QwenMessage, QwenNetwork, QwenRequest, QwenRole,
    QwenWeights, Sampling, published_7b, render,
};
use serde::Deserialize;

/// The bound for every stage in `f32`, of the largest number.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Answer {
    system: String,
    user: String,
    ids: Vec<u32>,
    made: Vec<u32>,
    text: String,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/parity/qwen")
}

fn answers() -> Vec<Answer> {
    serde_json::from_str(&std::fs::read_to_string(fixtures().join("answers.json")).unwrap())
        .unwrap()
}

fn load(weights: PathBuf) -> Qwen {
    Qwen::load(&Options {
        weights,
        precision: DType::F32,
        device: Device::Cpu,
    })
    .unwrap()
}

fn network() -> QwenNetwork {
    let folder = fixtures().join("model");
    let config = QwenConfig::read(&folder.join("config.json")).unwrap();
    let weights = Weights::in_folder(&folder, "model").unwrap();
    let source = QwenWeights::Whole(weights.builder(DType::F32, &Device::Cpu));
    QwenNetwork::new(&config, &source, 1024).unwrap()
}

fn asked(answer: &Answer, max_tokens: usize) -> QwenRequest {
    let said = |role, content: &str| QwenMessage {
        role,
        content: content.to_owned(),
    };
    QwenRequest {
        messages: vec![
            said(QwenRole::System, &answer.system),
            said(QwenRole::User, &answer.user),
        ],
        sampling: Sampling::GREEDY,
        max_tokens,
        stop: Vec::new(),
    }
}

fn hear(_: &str) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn logits_are_those_of_transformers() {
    let stored =
        candle_core::safetensors::load(fixtures().join("logits.safetensors"), &Device::Cpu)
            .unwrap();
    let ids: Vec<u32> = stored["ids"].to_vec1().unwrap();
    // In one piece, in pieces, and token by token at the end: what is kept must not change the numbers.
    let last_forty = (ids.len() - 40..=ids.len()).collect();
    for cuts in [vec![ids.len()], vec![1, 200, ids.len()], last_forty] {
        let mut network = network();
        let mut parts: Vec<Tensor> = Vec::new();
        let mut from = 0;
        for cut in cuts {
            parts.push(network.logits(&ids[from..cut]).unwrap());
            from = cut;
        }
        let all = Tensor::cat(&parts, 0).unwrap();
        let found = all.index_select(&stored["rows"], 0).unwrap();
        let expected = &stored["logits"];
        let largest = |tensor: &Tensor| -> f32 {
            tensor
                .abs()
                .unwrap()
                .flatten_all()
                .unwrap()
                .max(0)
                .unwrap()
                .to_scalar()
                .unwrap()
        };
        let difference = largest(&(&found - expected).unwrap()) / largest(expected);
        println!("largest relative difference of the logits: {difference:e}");
        assert!(difference < TOLERANCE, "{difference:e}");
    }
}

#[test]
fn text_is_cut_into_the_same_tokens_and_answered_in_the_same_words() {
    let mut qwen = load(fixtures().join("model"));
    for answer in answers() {
        let request = asked(&answer, 48);
        assert_eq!(
            qwen.encode(&render(&request.messages)).unwrap(),
            answer.ids,
            "{}",
            answer.user
        );
        let mut heard = String::new();
        let completion = qwen
            .answer(&request, &mut |piece| {
                heard.push_str(piece);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(completion.text, answer.text);
        assert_eq!(heard, answer.text);
        assert_eq!(completion.prompt_tokens, answer.ids.len());
        assert_eq!(completion.completion_tokens, answer.made.len());
        assert_eq!(completion.finish, Finish::Stop);
    }
}

#[test]
fn a_gguf_file_answers_like_the_whole_weights() {
    let folder = std::env::temp_dir().join(format!("ourvidz-qwen-gguf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    write_gguf(&folder.join("model.gguf"));
    std::fs::copy(
        fixtures().join("model/tokenizer.json"),
        folder.join("tokenizer.json"),
    )
    .unwrap();
    let mut qwen = load(folder.join("model.gguf"));
    let answer = answers().swap_remove(0);
    let found = qwen.answer(&asked(&answer, 48), &mut hear).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(found.text, answer.text);
}

/// The toy model with its matrices in eight bits, as llama.cpp would write it.
fn write_gguf(path: &Path) {
    use candle_core::quantized::gguf_file::{Value, write};
    use candle_core::quantized::{GgmlDType, QTensor};

    let words = [
        ("model.embed_tokens", "token_embd"),
        ("model.norm", "output_norm"),
        ("lm_head", "output"),
        ("model.layers.", "blk."),
        ("self_attn.o_proj", "attn_output"),
        ("self_attn.", "attn_"),
        ("mlp.", "ffn_"),
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
        ("_proj", ""),
    ];
    let stored =
        candle_core::safetensors::load(fixtures().join("model/model.safetensors"), &Device::Cpu)
            .unwrap();
    let tensors: Vec<(String, QTensor)> = stored
        .iter()
        .map(|(name, tensor)| {
            let name = words.iter().fold(name.clone(), |name, (ours, theirs)| {
                name.replace(ours, theirs)
            });
            let kind = if tensor.rank() == 2 {
                GgmlDType::Q8_0
            } else {
                GgmlDType::F32
            };
            (name, QTensor::quantize(tensor, kind).unwrap())
        })
        .collect();
    let config = QwenConfig::read(&fixtures().join("model/config.json")).unwrap();
    let size = |number: usize| Value::U32(u32::try_from(number).unwrap());
    let head = [
        ("general.architecture", Value::String("qwen2".to_owned())),
        ("qwen2.embedding_length", size(config.hidden_size)),
        ("qwen2.feed_forward_length", size(config.intermediate_size)),
        ("qwen2.block_count", size(config.num_hidden_layers)),
        (
            "qwen2.attention.head_count",
            size(config.num_attention_heads),
        ),
        (
            "qwen2.attention.head_count_kv",
            size(config.num_key_value_heads),
        ),
        (
            "qwen2.attention.layer_norm_rms_epsilon",
            Value::F32(config.rms_norm_eps as f32),
        ),
        ("qwen2.rope.freq_base", Value::F32(config.rope_theta as f32)),
        ("qwen2.context_length", size(config.max_position_embeddings)),
    ];
    let head: Vec<(&str, &Value)> = head.iter().map(|(name, value)| (*name, value)).collect();
    let tensors: Vec<(&str, &QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    write(&mut std::fs::File::create(path).unwrap(), &head, &tensors).unwrap();
}

#[test]
fn names_and_shapes_are_those_of_the_published_7b() {
    let text = std::fs::read_to_string(fixtures().join("qwen2.5-7b-instruct.json")).unwrap();
    let published: BTreeMap<String, Vec<usize>> = serde_json::from_str(&text).unwrap();
    assert_eq!(QwenNetwork::shapes(&published_7b()).unwrap(), published);
}

#[test]
fn bounds_and_stop_words_end_an_answer() {
    let mut qwen = load(fixtures().join("model"));
    let answer = answers().swap_remove(0);
    let short = qwen.answer(&asked(&answer, 3), &mut hear).unwrap();
    assert_eq!((short.completion_tokens, short.finish), (3, Finish::Length));
    assert!(answer.text.starts_with(&short.text) && short.text.len() < answer.text.len());

    let mut request = asked(&answer, 48);
    request.stop = vec![", low".to_owned()];
    let stopped = qwen.answer(&request, &mut hear).unwrap();
    assert_eq!(stopped.text, answer.text.split(", low").next().unwrap());
    assert_eq!(stopped.finish, Finish::Stop);
}

#[test]
fn whoever_listens_can_stop_it_and_the_next_answer_is_whole() {
    let mut qwen = load(fixtures().join("model"));
    let answer = answers().swap_remove(0);
    for least in [1, 5] {
        let mut calls = 0;
        let stopped = qwen.answer(&asked(&answer, 48), &mut |_| {
            calls += 1;
            if calls >= least {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(stopped, Err(ourvidz_engine_base::Error::Stopped)));
        assert_eq!(calls, least);
    }
    assert_eq!(
        qwen.answer(&asked(&answer, 48), &mut hear).unwrap().text,
        answer.text
    );
}

#[test]
fn a_conversation_that_does_not_fit_is_refused_in_words() {
    let mut qwen = load(fixtures().join("model"));
    let mut answer = answers().swap_remove(0);
    answer.user = "fox ".repeat(3000);
    let error = qwen.answer(&asked(&answer, 48), &mut hear).unwrap_err();
    assert!(error.to_string().contains("2047 fit"), "{error}");
}

#[test]
fn a_seed_repeats_an_answer_and_freedom_changes_it() {
    let mut qwen = load(fixtures().join("model"));
    let answer = answers().swap_remove(3);
    let mut say = |seed| {
        let mut request = asked(&answer, 24);
        request.sampling = Sampling {
            temperature: 3.0,
            top_p: 0.95,
            seed,
        };
        qwen.answer(&request, &mut hear).unwrap().text
    };
    assert_eq!(say(1), say(1));
    assert_ne!(say(1), say(2));
}
