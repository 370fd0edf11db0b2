//! What each file of an asset can be.

use alloc::string::String;

use crate::file_type::FileType;
use crate::wire::kinds::any_of;
use crate::wire::rpc::Role;
use crate::{Format, JobType};

impl Role {
    /// The role of a job's main files.
    #[must_use]
    pub const fn main_of(job_type: JobType) -> Self {
        match job_type.format() {
            Format::Image => Self::Image,
            Format::Video => Self::Video,
        }
    }

    /// The role of the small picture that stands for a job's main files.
    #[must_use]
    pub const fn preview_of(job_type: JobType) -> Self {
        match job_type.format() {
            Format::Image => Self::Thumbnail,
            Format::Video => Self::Poster,
        }
    }

    /// What such a file can be. An order may name another format than a worker knows, so each is welcome, under a key
    /// that says which it is.
    #[must_use]
    pub const fn file_types(self) -> &'static [FileType] {
        match self {
            Self::Image => &[FileType::Png, FileType::Jpeg],
            Self::Video => &[FileType::Mp4],
            Self::Thumbnail | Self::Poster => &[FileType::Jpeg],
        }
    }

    /// What such a file is by the ending of its key.
    #[must_use]
    pub fn file_type_of(self, key: &str) -> Option<FileType> {
        let (_, extension) = key.rsplit_once('.')?;
        let mut types = self.file_types().iter().copied();
        types.find(|it| it.extension() == extension)
    }

    /// The media types that such a file can have, for people.
    #[must_use]
    pub fn media_types(self) -> String {
        any_of(self.file_types().iter().map(|it| it.media_type()))
    }
}
