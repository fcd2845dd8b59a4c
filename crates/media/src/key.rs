use std::fmt;

use crate::Format;

/// The first part of a key: what the file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Folder {
    /// Attachments of statuses and their previews.
    Media,
    /// Pictures of accounts.
    Avatars,
    /// The wide pictures above profiles.
    Headers,
    /// Custom emoji.
    Emojis,
    /// Pictures of preview cards.
    Cards,
    /// Written by [`Store::check`](crate::Store::check) and [`Store::probe`](crate::Store::probe).
    Probes,
}

impl Folder {
    const ALL: [Self; 6] =
        [Self::Media, Self::Avatars, Self::Headers, Self::Emojis, Self::Cards, Self::Probes];

    fn name(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Avatars => "avatars",
            Self::Headers => "headers",
            Self::Emojis => "emojis",
            Self::Cards => "cards",
            Self::Probes => "probes",
        }
    }
}

/// The name of a stored file, such as `media/ab/cd/abcd…32 hex digits….webp`.
///
/// Only we make names: 128 random bits, so that one cannot be guessed from another, and an extension from the
/// table of [`Format`]. The two short parts are the first four digits; they keep directories small.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    path: String,
    format: Format,
}

impl Key {
    /// A name that was never given before.
    pub fn random(folder: Folder, format: Format) -> Self {
        let name = hex::encode(rand::random::<[u8; 16]>());
        let path = format!("{}/{}/{}/{name}.{}", folder.name(), &name[..2], &name[2..4], format.extension());
        Self { path, format }
    }

    /// The file by which it is learnt, again and again, whether a store works.
    pub(crate) fn probe() -> Self {
        let path = format!("{}/00/00/{:032}.png", Folder::Probes.name(), 0);
        Self { path, format: Format::Png }
    }

    /// Reads a name back from a row or a URL; `None` for everything that [`random`](Self::random) could not
    /// have made, so that no other file can be reached through it.
    pub fn parse(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let (folder, first, second, file) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (name, extension) = file.split_once('.')?;
        let hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let ours = parts.next().is_none()
            && Folder::ALL.iter().any(|known| known.name() == folder)
            && name.len() == 32
            && name.bytes().all(hex)
            && first == &name[..2]
            && second == &name[2..4];
        let format = Format::from_extension(extension)?;
        ours.then(|| Self { path: path.to_owned(), format })
    }

    /// The whole name, with `/` between its parts and none before it.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// What the extension says the file is.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The `Content-Type` under which the file is stored and served.
    pub fn content_type(&self) -> &'static str {
        self.format.content_type()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.path)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn made_names_can_be_read_back() {
        for folder in Folder::ALL {
            for format in Format::ALL {
                let key = Key::random(folder, format);
                assert_eq!(Key::parse(key.as_str()).unwrap(), key);
                assert_eq!(key.content_type(), format.content_type());
            }
        }
        assert_ne!(Key::random(Folder::Media, Format::Png), Key::random(Folder::Media, Format::Png));
    }

    #[test]
    fn other_names_are_refused() {
        let name = "abcd0123456789abcdef0123456789ab";
        assert!(Key::parse(&format!("media/ab/cd/{name}.png")).is_some());
        for path in [
            String::new(),
            "media".to_owned(),
            "../../../../etc/passwd".to_owned(),
            format!("/media/ab/cd/{name}.png"),
            format!("media/../cd/{name}.png"),
            format!("media/ab/cd/../{name}.png"),
            format!("media//ab/cd/{name}.png"),
            format!("media/ab/cd/{name}.png/"),
            format!("media/ab/cd/{name}.png\0"),
            format!("media/ab/cd/{name}.png.html"),
            format!("media/ab/cd/{name}.svg"),
            format!("media/ab/cd/{name}"),
            format!("media/ab/ce/{name}.png"),
            format!("media/AB/CD/{}.png", name.to_uppercase()),
            format!("media/ab/cd/{}.png", &name[1..]),
            format!("media/ab/cd/é{}.png", &name[2..]),
            format!("media\\ab\\cd\\{name}.png"),
            format!("media%2fab/cd/{name}.png"),
            format!("secrets/ab/cd/{name}.png"),
        ] {
            assert_eq!(Key::parse(&path), None, "{path}");
        }
    }
}
