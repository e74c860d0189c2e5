//! The grant in words, made of what was verified alone.

use super::Verifier;
use pulsebook_protocol::{
    bytes::CategoryLabel,
    grant::{GrantFacts, GrantTerms, category_label, sentence},
    time_text::minute_utc,
    vital::Category,
};

impl Verifier<'_> {
    /// The grant in words, once a page's proofs held: of what token and list say, whatever the grant file says; nothing
    /// when the token allows a label that is no category under the file's key.
    pub fn sentence(&self) -> Option<String> {
        let (grant, delegation) = self.grant()?;
        let categories = self.named(&grant.facts().labels)?;
        let Some(until) = delegation.not_after_s() else {
            return Some(sentence(self.keys.name(), &terms(grant.facts(), categories)));
        };
        let holder = format!("Key {}", short(grant.facts()));
        let given = sentence(&holder, &terms(grant.facts(), categories));
        let allowed: Vec<&str> = self.named(&self.allowed)?.into_iter().map(Category::name).collect();
        let (name, until) = (self.keys.name(), minute_utc(until));
        let times = match delegation.delegates().len() {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        Some(format!(
            "{given} Passed on {times}, to {name}, which may read {} of it, until {until}.",
            if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") }
        ))
    }

    fn named(&self, labels: &[CategoryLabel]) -> Option<Vec<Category>> {
        let named = |label: &CategoryLabel| {
            let of = |category: &Category| category_label(&self.file.label_key, *category) == *label;
            Category::ALL.into_iter().find(of)
        };
        let mut categories: Vec<Category> = labels.iter().map(named).collect::<Option<_>>()?;
        categories.sort();
        Some(categories)
    }
}

/// First 8 hex digits of the holder's key: a delegate was told no name that anybody proved.
fn short(facts: &GrantFacts) -> String {
    facts.holder.to_string().chars().take(8).collect()
}

fn terms(facts: &GrantFacts, categories: Vec<Category>) -> GrantTerms {
    GrantTerms {
        chain: facts.chain,
        grant_id: facts.grant_id,
        holder: facts.holder,
        receive_hash: facts.receive_hash,
        suite: facts.suite,
        categories,
        purposes: facts.purposes.clone(),
        from_ms: facts.from_ms,
        to_ms: facts.to_ms,
        expires_s: facts.expires_s,
        max_stale_s: facts.max_stale_s,
        delegate: facts.delegate,
    }
}
