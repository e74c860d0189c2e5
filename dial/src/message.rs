//! One request and one answer.

use reqwest::header::CONTENT_TYPE;

/// The largest answer taken when a request says nothing else: 1 MiB.
pub const DEFAULT_LIMIT: usize = 1024 * 1024;

/// Header names (lower case) and values, as the signing of a request returns them.
pub type Headers = Vec<(&'static str, String)>;

/// What a node's addresses answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Fetch.
    Get,
    /// Ask or offer.
    Post,
    /// Put in place; doing it twice is doing it once.
    Put,
}

impl Method {
    /// Upper case, as it is signed.
    pub fn text(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }

    pub(crate) fn of_http(self) -> reqwest::Method {
        match self {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        }
    }
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// GET, POST or PUT.
    pub method: Method,
    /// Begins with a slash: `/v1/chains/…/head`.
    pub path_and_query: String,
    /// Signature, content type and whatever else the caller needs.
    pub headers: Headers,
    /// Empty for a GET.
    pub body: Vec<u8>,
    /// The largest answer body that is taken, bytes.
    pub limit: usize,
}

impl Request {
    /// Without headers or body; answers up to [`DEFAULT_LIMIT`].
    pub fn new(method: Method, path_and_query: impl Into<String>) -> Self {
        Request {
            method,
            path_and_query: path_and_query.into(),
            headers: Headers::new(),
            body: Vec::new(),
            limit: DEFAULT_LIMIT,
        }
    }

    /// The same with further headers.
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The same with a body and its media type, `application/cbor`.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.headers.push(("content-type", content_type.to_owned()));
        self.body = body;
        self
    }

    /// The same with another limit for the answer, bytes.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Bytes as HTTP/1.1 would write them.
    pub(crate) fn wire_length(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let line = self.method.text().len() + self.path_and_query.len() + " HTTP/1.1\r\n".len() + 1;
        line + headers + 2 + self.body.len()
    }
}

/// What came back, whatever its status. An error answer's body is read by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Media type as sent; empty when there was none.
    pub content_type: String,
    /// All of it, at most the request's limit.
    pub body: Vec<u8>,
}

impl Answer {
    /// Status 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Bytes of the status line and headers as HTTP/1.1 would write them.
pub(crate) fn head_length(response: &reqwest::Response) -> usize {
    let headers: usize =
        response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let reason = response.status().canonical_reason().unwrap_or_default();
    "HTTP/1.1 200 \r\n".len() + reason.len() + headers + 2
}

pub(crate) fn content_type(response: &reqwest::Response) -> String {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}
