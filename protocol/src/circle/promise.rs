//! What a circle of n nodes can and cannot promise, in a patient's words.

use super::Quorum;

/// What holds with this many nodes, and what does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Sentences that hold while no more nodes fail or lie than the first of them says.
    pub can: Vec<String>,
    /// Sentences about what this many nodes do not give.
    pub cannot: Vec<String>,
}

impl Quorum {
    /// The numbers in one line.
    ///
    /// ```
    /// use pulsebook_protocol::circle::Quorum;
    /// assert_eq!(Quorum::of(4).headline(), "of 4 nodes one may fail, one may lie");
    /// ```
    pub fn headline(self) -> String {
        match self.n {
            0 => "no node yet: the record lives on this device alone".to_owned(),
            1 => "the only node may neither fail nor lie".to_owned(),
            n => format!("of {n} nodes {} may fail, {} may lie", count(self.may_fail()), count(self.f)),
        }
    }

    /// What this many nodes can and cannot promise.
    ///
    /// ```
    /// use pulsebook_protocol::circle::Quorum;
    /// let promise = Quorum::of(3).promise();
    /// assert!(promise.can[0].contains("2 of the 3 nodes"));
    /// assert!(promise.cannot[0].contains("lies"));
    /// ```
    pub fn promise(self) -> Promise {
        match self.n {
            0 => alone(),
            _ => Promise { can: self.can(), cannot: self.cannot() },
        }
    }

    fn can(self) -> Vec<String> {
        let Quorum { n, f, k, .. } = self;
        let mut can = vec![match n {
            1 => "What is final, the node holds whole.".to_owned(),
            2 => "What is final, both nodes hold whole.".to_owned(),
            _ => format!("What is final, at least {k} of the {n} nodes hold whole."),
        }];
        if self.may_fail() > 0 {
            can.push(format!(
                "With {} out of reach the record still grows and is still read.",
                nodes(self.may_fail())
            ));
        }
        if f > 0 {
            can.push(format!(
                "If {} lied, the others would still agree on one history, and {} honest nodes would hold what is final.",
                nodes(f),
                k - f
            ));
        }
        can
    }

    fn cannot(self) -> Vec<String> {
        let Quorum { n, f, k, .. } = self;
        let mut cannot = Vec::new();
        if f == 0 {
            cannot.push(match n {
                1 => "If it lies to a clinic about what is newest, nobody contradicts it.".to_owned(),
                _ => "If one node lies, a copied device could be given two histories that each look accepted: four nodes or more prevent that.".to_owned(),
            });
        } else {
            cannot.push(format!(
                "If {} lie together, a copied device could be given two histories that each look accepted.",
                nodes(f + 1)
            ));
        }
        cannot.push(match (n, self.may_fail()) {
            (1, _) => "While it is out of reach nothing new counts; if it is gone for good, this device holds the only copy.".to_owned(),
            (_, 0) => "While one of them is out of reach nothing new counts; it waits here.".to_owned(),
            _ => format!("With {} out of reach nothing new counts; it waits here.", nodes(n - k + 1)),
        });
        cannot.push(
            "Nodes can refuse service or lose bytes; none of them can read a value or make one up."
                .to_owned(),
        );
        cannot.push("No number of nodes can tell whether a sensor measured the truth.".to_owned());
        cannot
    }
}

fn alone() -> Promise {
    Promise {
        can: vec![
            "This device collects, keeps and seals by itself, and notices a changed byte in its own files."
                .to_owned(),
        ],
        cannot: vec![
            "There is no other copy: a lost device is a lost record.".to_owned(),
            "Nobody else vouches for when a block was sealed, and nothing can be shared.".to_owned(),
        ],
    }
}

fn count(number: usize) -> String {
    match number {
        0 => "none".to_owned(),
        1 => "one".to_owned(),
        2 => "two".to_owned(),
        3 => "three".to_owned(),
        more => more.to_string(),
    }
}

fn nodes(number: usize) -> String {
    match number {
        1 => "one node".to_owned(),
        more => format!("{} nodes", count(more)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::CIRCLE_LIMIT;

    #[test]
    fn the_headline_gives_the_numbers_of_the_rule() {
        let lines: Vec<String> = (1..=CIRCLE_LIMIT).map(|n| Quorum::of(n).headline()).collect();
        let wanted = [
            "the only node may neither fail nor lie",
            "of 2 nodes none may fail, none may lie",
            "of 3 nodes one may fail, none may lie",
            "of 4 nodes one may fail, one may lie",
            "of 5 nodes one may fail, one may lie",
            "of 6 nodes two may fail, one may lie",
            "of 7 nodes two may fail, two may lie",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn only_four_nodes_or_more_say_something_about_liars() {
        for n in 0..=CIRCLE_LIMIT {
            let said = Quorum::of(n).promise().can.iter().any(|line| line.contains("lied"));
            assert_eq!(said, n >= 4, "{n} nodes");
        }
    }

    #[test]
    fn one_node_more_than_may_fail_stops_the_record_from_growing() {
        let of = |n: usize| Quorum::of(n).promise().cannot[1].clone();
        assert!(of(1).contains("nothing new counts"));
        assert!(of(2).starts_with("While one of them"));
        assert!(of(4).starts_with("With two nodes"));
        assert!(of(7).starts_with("With three nodes"));
    }

    #[test]
    fn every_number_of_nodes_says_what_it_cannot() {
        for n in 0..=CIRCLE_LIMIT {
            let Promise { can, cannot } = Quorum::of(n).promise();
            assert!(!can.is_empty() && cannot.len() >= 2, "{n} nodes");
        }
    }
}
