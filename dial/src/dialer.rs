//! The client of one node.

use crate::{
    AddressError, Answer, DialError, NodeAddress, Request, Traffic,
    message::{content_type, head_length},
    pin,
};
use pulsebook_faultpoint::{Point, pass, reach};
use reqwest::{Client, Response, Url, redirect::Policy};
use std::{sync::Arc, time::Duration};

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOuts {
    /// For TCP and TLS together.
    pub connect: Duration,
    /// From the beginning to the last byte of the answer.
    pub request: Duration,
}

impl Default for TimeOuts {
    /// 5 s to connect, 30 s in all: a 4 MiB segment over a slow mobile network.
    fn default() -> Self {
        TimeOuts { connect: Duration::from_secs(5), request: Duration::from_secs(30) }
    }
}

/// Sends requests to one node; keeps its connection for the next one. Cheap to clone, must be used inside tokio.
#[derive(Clone, Debug)]
pub struct Dialer {
    client: Client,
    origin: String,
    time_outs: TimeOuts,
    traffic: Arc<Traffic>,
}

impl Dialer {
    /// With the usual time-outs and a counter of its own. Nothing is sent yet.
    ///
    /// # Errors
    /// [`AddressError`] when the address is not `https://host:port`.
    pub fn new(address: &NodeAddress) -> Result<Self, AddressError> {
        Self::with(address, TimeOuts::default(), Arc::default())
    }

    /// With own time-outs and a counter that may be shared with other dialers.
    ///
    /// # Errors
    /// [`AddressError`] when the address is not `https://host:port`.
    pub fn with(
        address: &NodeAddress,
        time_outs: TimeOuts,
        traffic: Arc<Traffic>,
    ) -> Result<Self, AddressError> {
        let origin = address.origin()?;
        let tls =
            pin::client_config(address.tls_pin).map_err(|error| AddressError::Tls(error.to_string()))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(time_outs.connect)
            .timeout(time_outs.request)
            .build()
            .map_err(|error| AddressError::Tls(error.to_string()))?;
        Ok(Dialer { client, origin, time_outs, traffic })
    }

    /// Scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The whole address a request for this path goes to: what a signature covers as `@target-uri`.
    pub fn target_uri(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.origin)
    }

    /// What went over the wire so far.
    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// Sends one request and takes the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`DialError`]; a redirect is [`DialError::Broken`], since a node never sends one.
    pub async fn send(&self, request: Request) -> Result<Answer, DialError> {
        let (length, limit) = (request.wire_length(), request.limit);
        reach(Point::DialSend).map_err(|error| self.broken(&error.to_string()))?;
        let sent = self.prepare(request)?.send().await.map_err(|error| self.sort(&error));
        if sent.as_ref().map_or_else(DialError::may_have_sent, |_| true) {
            self.traffic.add_sent(length);
        }
        let response = sent?;
        self.traffic.add_received(head_length(&response));
        if response.status().is_redirection() {
            return Err(self.broken("it wants to send the request elsewhere (a redirect)"));
        }
        let (status, content_type) = (response.status().as_u16(), content_type(&response));
        let body = self.body(response, limit).await?;
        pass(Point::DialAnswered);
        Ok(Answer { status, content_type, body })
    }

    /// The client's form of a request. The address must already be in normal form: what is sent is what was signed.
    fn prepare(&self, request: Request) -> Result<reqwest::RequestBuilder, DialError> {
        let target = self.target_uri(&request.path_and_query);
        let url = Url::parse(&target).ok().filter(|url| url.as_str() == target);
        let url = url.ok_or_else(|| self.broken("the path to ask for is not in normal form"))?;
        let mut builder = self.client.request(request.method.of_http(), url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        Ok(if request.body.is_empty() { builder } else { builder.body(request.body) })
    }

    /// Takes chunks until the end or the limit, so that an answer cannot fill the memory.
    async fn body(&self, mut response: Response, limit: usize) -> Result<Vec<u8>, DialError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.sort(&error))? {
            self.traffic.add_received(chunk.len());
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(DialError::TooLarge { url: self.origin.clone(), limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn sort(&self, error: &reqwest::Error) -> DialError {
        DialError::sort(&self.origin, error, self.time_outs.request)
    }

    fn broken(&self, why: &str) -> DialError {
        DialError::Broken { url: self.origin.clone(), why: why.to_owned() }
    }
}
