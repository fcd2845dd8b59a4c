//! Scopes in words, for people who are asked to allow them.

use services::scopes::Scopes;

/// What an application will be able to do, one sentence for each scope.
pub(crate) fn in_words(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(words).collect()
}

fn words(scope: &str) -> String {
    let known = match scope {
        "read" => "Read everything in your account, your private posts and messages included",
        "write" => "Post, follow and change everything in your account in your name",
        "follow" => "See and change whom you follow, block and mute",
        "push" => "Receive your notifications",
        "profile" => "See who you are",
        "admin:read" => "Read everything that moderators of this instance can read",
        "admin:write" => "Do everything that moderators of this instance can do",
        _ => return narrow(scope),
    };
    known.to_owned()
}

fn narrow(scope: &str) -> String {
    let (verb, what) = match scope.rsplit_once(':') {
        Some(("read", what)) => ("See your", what),
        Some(("write", what)) => ("Change your", what),
        Some(("admin:read", what)) => ("As a moderator, see", what),
        Some(("admin:write", what)) => ("As a moderator, change", what),
        _ => ("Use", scope),
    };
    let noun = match what {
        "statuses" => "posts",
        "accounts" if verb.ends_with("your") => "profile and account details",
        "follows" => "follows and followers",
        "search" => "search results",
        "media" => "uploads",
        "blocks" if verb.ends_with("your") => "blocks of people and domains",
        other => return format!("{verb} {}", other.replace('_', " ")),
    };
    format!("{verb} {noun}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_words_of_its_own() {
        let all = Scopes::parse(&services::scopes::KNOWN.join(" ")).unwrap();
        let mut words = in_words(&all);
        assert!(words.iter().all(|sentence| !sentence.contains([':', '_']) && sentence.contains(' ')));
        words.sort();
        let count = words.len();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
