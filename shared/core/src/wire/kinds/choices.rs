//! One of a few names.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use ourvidz_prompts::{STYLES, Style};
#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
use serde_json::Value;
#[cfg(feature = "schema")]
use serde_json::json;

use super::Kind;
use crate::aspect::Aspect;
use crate::file_type::OutputFormat;
use crate::wire::rpc::Role;
use crate::{Quality, Queue};

/// One of a few texts.
pub(crate) struct OneOf(pub &'static [&'static str]);

impl Kind for OneOf {
    type Value = &'static str;

    fn read(&self, value: Value) -> Option<&'static str> {
        let name = value.as_str()?;
        self.0.iter().copied().find(|known| *known == name)
    }

    fn expected(&self) -> String {
        any_of(self.0.iter().copied())
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "string", "enum": self.0 })
    }
}

/// A type with a few values, each with a name on the wire.
pub(crate) trait Named: Copy + 'static {
    const VALUES: &'static [Self];
    fn name(self) -> &'static str;
    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Value;
}

macro_rules! named {
    ($($named:ty),+) => {
        $(impl $crate::wire::kinds::Named for $named {
            const VALUES: &'static [Self] = &<$named>::ALL;

            fn name(self) -> &'static str {
                self.as_str()
            }

            #[cfg(feature = "schema")]
            fn schema(generator: &mut schemars::SchemaGenerator) -> serde_json::Value {
                generator.subschema_for::<$named>().to_value()
            }
        })+
    };
}
pub(crate) use named;

named!(Queue, Quality, Role, OutputFormat);

/// One value of such a type.
pub(crate) struct Choice<T>(PhantomData<T>);

impl<T> Choice<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Named> Kind for Choice<T> {
    type Value = T;

    fn read(&self, value: Value) -> Option<T> {
        let name = value.as_str()?;
        T::VALUES.iter().copied().find(|known| known.name() == name)
    }

    fn expected(&self) -> String {
        any_of(T::VALUES.iter().map(|value| value.name()))
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        T::schema(generator)
    }
}

/// One of a few shapes, by name.
pub(crate) struct AspectOf(pub &'static [Aspect]);

impl Kind for AspectOf {
    type Value = Aspect;

    fn read(&self, value: Value) -> Option<Aspect> {
        let name = value.as_str()?;
        self.0.iter().copied().find(|aspect| aspect.name == name)
    }

    fn expected(&self) -> String {
        any_of(self.0.iter().map(|aspect| aspect.name))
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        let names: Vec<_> = self.0.iter().map(|aspect| aspect.name).collect();
        json!({ "type": "string", "enum": names })
    }
}

/// One of the styles, by name.
pub(crate) struct StyleName;

impl Kind for StyleName {
    type Value = Style;

    fn read(&self, value: Value) -> Option<Style> {
        let name = value.as_str()?;
        STYLES.into_iter().find(|style| style.name == name)
    }

    fn expected(&self) -> String {
        any_of(STYLES.iter().map(|style| style.name))
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "string", "enum": STYLES.map(|style| style.name) })
    }
}

/// `a, b or c`.
pub(crate) fn any_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aspect::WAN_ASPECTS;
    use crate::wire::kinds::NumberOf;

    #[test]
    fn what_is_expected_is_said_in_words() {
        assert_eq!(Choice::<Queue>::new().expected(), "sdxl_queue or wan_queue");
        assert_eq!(NumberOf(&[1, 3, 6]).expected(), "1, 3 or 6");
        assert_eq!(NumberOf(&[1]).expected(), "1");
        assert_eq!(AspectOf(&WAN_ASPECTS).expected(), "9:16 or 16:9");
    }
}
