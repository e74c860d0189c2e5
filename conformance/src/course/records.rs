//! A sensor's memory: counted, reported, asked wrongly, interrupted, cut, and, when that is allowed, emptied.

use super::{CONNECT_MS, Course, PROCEDURE_MS, QUIET_MS};
use crate::session::{Answer, Step, Task, What};
use pulsebook_core::{
    ble::Characteristic,
    decode::record_access::{Dialect, Records, Request},
};

impl Course<'_> {
    pub(super) async fn records(&mut self, service: u16) {
        let dialect = Dialect::of(service);
        self.ask(Task::Count, service, &Request::Count(Records::All).encode(dialect)).await;
        let all = Request::Report(Records::All).encode(dialect);
        self.ask(Task::ReportAll, service, &all).await;
        self.ask(Task::ReportAgain, service, &all).await;
        let numbers = self.numbers(service);
        if let (Some(greatest), Some(middle)) = (dialect.greatest(), numbers.get(numbers.len() / 2)) {
            let from = Request::Report(Records::From(*middle)).encode(dialect);
            self.ask(Task::ReportFrom, service, &from).await;
            if !numbers.contains(&greatest) {
                let none = Request::Report(Records::From(greatest)).encode(dialect);
                self.ask(Task::ReportNone, service, &none).await;
            }
        }
        self.ask_wrongly(service, &all).await;
        self.interrupt(service, &all).await;
        self.cut(service, &all).await;
        if self.options.erase {
            self.empty(service, &numbers).await;
        }
    }

    /// Op codes, operators and filters that no standard defines.
    async fn ask_wrongly(&mut self, service: u16, all: &[u8]) {
        let report = all.first().copied().unwrap_or(1);
        self.ask(Task::UnknownOpCode, service, &[0x20, 0x01]).await;
        self.ask(Task::NullOperator, service, &[report, 0x00]).await;
        self.ask(Task::UnknownOperator, service, &[report, 0x0A]).await;
        if Dialect::of(service) == Dialect::Short {
            self.ask(Task::UnknownFilter, service, &[report, 0x03, 0x7F, 0x00, 0x00]).await;
        }
    }

    /// A report that is stopped, and one during which something else is asked.
    async fn interrupt(&mut self, service: u16, all: &[u8]) {
        let control = control(service);
        if !self.ready().await {
            return;
        }
        self.begin(Task::Abort, service);
        if self.write(control, all).await && self.hear(PROCEDURE_MS, |step| is_sent_by(step, service)).await {
            let abort = Request::Abort.encode(Dialect::of(service));
            self.write(control, &abort).await;
            self.hear(PROCEDURE_MS, |step| is_answer(step, control)).await;
            self.hear(QUIET_MS, |_| false).await;
        }
        if !self.ready().await {
            return;
        }
        self.begin(Task::Busy, service);
        if self.write(control, all).await && self.hear(PROCEDURE_MS, |step| is_sent_by(step, service)).await {
            let count = Request::Count(Records::All).encode(Dialect::of(service));
            self.write(control, &count).await;
            self.hear(PROCEDURE_MS, |step| is_answer(step, control)).await;
            self.hear(QUIET_MS, |_| false).await;
        }
    }

    /// The link goes in the middle of a report; then everything is asked for again.
    async fn cut(&mut self, service: u16, all: &[u8]) {
        if !self.ready().await {
            return;
        }
        self.begin(Task::Cut, service);
        if !self.write(control(service), all).await
            || !self.hear(PROCEDURE_MS, |step| is_sent_by(step, service)).await
            || !self.drop_and_return().await
        {
            return;
        }
        self.subscribe_all().await;
        let dialect = Dialect::of(service);
        self.ask(Task::CountAfterCut, service, &Request::Count(Records::All).encode(dialect)).await;
        self.ask(Task::ReportAfterCut, service, all).await;
    }

    async fn empty(&mut self, service: u16, numbers: &[u32]) {
        let dialect = Dialect::of(service);
        let count = Request::Count(Records::All).encode(dialect);
        self.ask(Task::CountBefore, service, &count).await;
        if let (Some(_), Some(first)) = (dialect.greatest(), numbers.iter().min()) {
            let first = Request::Delete(Records::UpTo(*first)).encode(dialect);
            self.ask(Task::DeleteFirst, service, &first).await;
            self.ask(Task::CountAfter, service, &count).await;
        }
        self.ask(Task::DeleteAll, service, &Request::Delete(Records::All).encode(dialect)).await;
        self.ask(Task::CountEmpty, service, &count).await;
    }

    /// One request, and what comes until it is answered.
    async fn ask(&mut self, task: Task, service: u16, request: &[u8]) {
        if !self.ready().await {
            return;
        }
        self.begin(task, service);
        let control = control(service);
        if self.write(control, request).await {
            self.hear(PROCEDURE_MS, |step| is_answer(step, control)).await;
        }
    }

    /// Ends the connection and makes it anew; whether that worked.
    pub(super) async fn drop_and_return(&mut self) -> bool {
        let id = self.session.sensor.id.clone();
        self.leaving = true;
        let _ = self.stand.transport().disconnect(&id).await;
        self.hear(QUIET_MS, |_| false).await;
        self.leaving = false;
        self.note(What::Connect, None, &[], Answer::Done);
        let back = self.stand.transport().connect(&id).await.is_ok()
            && self.hear(CONNECT_MS, |step| step.what == What::Connected).await;
        self.gone |= !back;
        back
    }

    /// The numbers of the records that came, in their order.
    fn numbers(&self, service: u16) -> Vec<u32> {
        let steps = self.session.part(Task::ReportAll, service).unwrap_or_default();
        steps.iter().filter_map(|(_, step)| step.record_number()).collect()
    }
}

pub(super) fn control(service: u16) -> Characteristic {
    Characteristic::new(service, 0x2A52)
}

fn is_answer(step: &Step, control: Characteristic) -> bool {
    step.what == What::Disconnected || step.is_sent() && step.place == Some(control)
}

fn is_sent_by(step: &Step, service: u16) -> bool {
    step.what == What::Disconnected || step.is_sent() && step.place.is_some_and(|at| at.service == service)
}
