//! Players of other sites in a frame.
//!
//! HTML of other servers is never shown. A player is the address of one, on a site that is known to make them, in a
//! frame of our making.

use url::Url;

/// Hosts and beginnings of paths of players.
const PLAYERS: [(&str, &str); 11] = [
    ("www.youtube.com", "/embed/"),
    ("www.youtube-nocookie.com", "/embed/"),
    ("player.vimeo.com", "/video/"),
    ("www.dailymotion.com", "/embed/"),
    ("geo.dailymotion.com", "/player"),
    ("player.twitch.tv", "/"),
    ("clips.twitch.tv", "/embed"),
    ("open.spotify.com", "/embed/"),
    ("w.soundcloud.com", "/player/"),
    ("bandcamp.com", "/EmbeddedPlayer/"),
    ("embed.ted.com", "/talks/"),
];

/// The address, if it is that of a player that may be shown.
pub fn player(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str().len() <= 2048;
    let host = url.host_str()?;
    let is_known = PLAYERS.iter().any(|(known, path)| *known == host && url.path().starts_with(path));
    (is_plain && is_known).then(|| url.into())
}

/// The frame of a player, as HTML.
pub fn iframe(player: &str, width: i32, height: i32) -> String {
    let source = player.replace('&', "&amp;").replace('"', "%22").replace('<', "%3C").replace('>', "%3E");
    format!(
        "<iframe src=\"{source}\" width=\"{width}\" height=\"{height}\" allowfullscreen=\"allowfullscreen\" \
         sandbox=\"allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms\" \
         referrerpolicy=\"strict-origin-when-cross-origin\" loading=\"lazy\"></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_players_are_shown() {
        let good = "https://www.youtube.com/embed/abc?start=1&rel=0";
        assert_eq!(player(good).as_deref(), Some(good));
        for bad in [
            "http://www.youtube.com/embed/abc",
            "https://www.youtube.com/watch?v=abc",
            "https://www.youtube.com.evil.example/embed/abc",
            "https://www.youtube.com:444/embed/abc",
            "https://x@www.youtube.com/embed/abc",
            "https://www.youtube.com/embed/../redirect?q=https://evil.example",
            "javascript:alert(1)",
            "//www.youtube.com/embed/abc",
        ] {
            assert_eq!(player(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_frame_holds_nothing_but_its_address() {
        let frame = iframe("https://www.youtube.com/embed/a?b=1&c=\"><script>", 640, 360);
        assert!(
            frame
                .starts_with("<iframe src=\"https://www.youtube.com/embed/a?b=1&amp;c=%22%3E%3Cscript%3E\" ")
        );
        assert_eq!(frame.matches('<').count(), 2);
        assert!(frame.contains(" sandbox=\"allow-scripts "));
    }
}
