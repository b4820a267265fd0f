//! What is answered where something is not to be had: one sentence in each language, for people and for programs.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::AccessFault;
use crate::ledger::JournalFault;

/// A refusal, or a fault. `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    body: ProblemBody,
    retry_after_s: Option<u64>,
}

/// As it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemBody {
    /// What it is, for programs: `not-signed-in`, `not-allowed`, `csrf`, `refused` …
    #[schema(value_type = String)]
    pub problem: Cow<'static, str>,
    /// Where, what was found, what to do.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
}

impl Problem {
    pub fn new(
        status: StatusCode,
        problem: &'static str,
        message: impl Into<String>,
        message_zh: impl Into<String>,
    ) -> Self {
        let body =
            ProblemBody { problem: problem.into(), message: message.into(), message_zh: message_zh.into() };
        Self { status, body, retry_after_s: None }
    }

    /// 401.
    pub fn not_signed_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not-signed-in",
            "nobody is signed in, or the session is over: sign in",
            "尚未登录，或登录已过期：请登录",
        )
    }

    /// 403: the role may not.
    pub fn not_allowed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not-allowed",
            "this is not for your role: ask whoever looks after the people of this hall",
            "您的角色无权进行此操作：请联系本厅管理员",
        )
    }

    /// 403: the password was set by somebody else.
    pub fn must_change_password() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "must-change-password",
            "the password was set by somebody else: change it first",
            "密码由他人设置：请先修改密码",
        )
    }

    /// 403: a window that is named and that one may not see. What is not named is [not there](Self::not_found) instead.
    pub fn out_of_scope() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "out-of-scope",
            "you may not see this window: ask whoever looks after the people of this hall",
            "您无权查看该窗口：请联系本厅管理员",
        )
    }

    /// 403: a request that may come from another page.
    pub fn csrf(found: &'static str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "csrf",
            format!("{found}: load the page again, and send `X-CSRF-Token` as GET /api/v1/session gives it"),
            "请求未通过来源校验：请刷新页面后重试",
        )
    }

    /// 404: it is not there, or one may not see it.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "there is nothing here: it may be gone, or the address is wrong",
            "没有找到：可能已不存在，或地址有误",
        )
    }

    /// 409: the rules of the matter do not allow it.
    pub fn refused(message: impl Into<String>, message_zh: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "refused", message, message_zh)
    }

    /// 413.
    pub fn too_large(most_bytes: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("the request is larger than {most_bytes} bytes: send less"),
            format!("请求超过 {most_bytes} 字节：请减小后重试"),
        )
    }

    /// 422: what was sent cannot be used.
    pub fn unfit(message: impl Into<String>, message_zh: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unfit", message, message_zh)
    }

    /// 429.
    pub fn too_many_tries(retry_after_s: u64) -> Self {
        let problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-tries",
            format!("there were too many tries: wait {retry_after_s} s"),
            format!("尝试次数过多：请在 {retry_after_s} 秒后重试"),
        );
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// 503: the hall keeps no journal.
    pub fn no_journal() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "no-journal",
            "this hall keeps no journal, the wall is all there is: name a folder as `data` under [ledger]",
            "本厅未启用日志，只能查看实时墙：请在配置的 [ledger] 中设置 data",
        )
    }

    /// 503: more is asked at once than can be done.
    pub fn busy() -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "too much is asked of the service at once: try again in a few seconds",
            "服务繁忙：请几秒后重试",
        );
        Self { retry_after_s: Some(5), ..problem }
    }

    /// 500: something that the one who asks can do nothing about; `detail` goes to whoever runs the service.
    pub fn fault(detail: &str) -> Self {
        tracing::warn!("a request failed: {detail}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "fault",
            "the service could not do it: its log says why",
            "服务内部出错：原因见服务日志",
        )
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn body(&self) -> &ProblemBody {
        &self.body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = serde_json::to_vec(&self.body).unwrap_or_default();
        let mut response = (self.status, json).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // Not `Basic`: the browser would ask in a window of its own.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Session"));
        }
        response
    }
}

/// A journal that cannot be read or written now may be so later.
impl From<JournalFault> for Problem {
    fn from(fault: JournalFault) -> Self {
        tracing::warn!("a request met a fault of the journal: {fault}");
        match fault {
            JournalFault::Absent { .. } => Self::no_journal(),
            _ => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "journal",
                "the journal cannot be used now: the service's log says why",
                "日志暂时无法读写：原因见服务日志",
            ),
        }
    }
}

impl From<AccessFault> for Problem {
    fn from(fault: AccessFault) -> Self {
        let message = fault.to_string();
        match fault {
            AccessFault::Unfit { .. } => Self::unfit(message, "填写的内容不符合要求"),
            AccessFault::NameTaken(name) => Self::refused(message, format!("“{name}”已存在：请换一个名字")),
            AccessFault::LastAdmin => Self::refused(message, "这是最后一个管理员：请先指定另一位管理员"),
            AccessFault::Nobody(_) | AccessFault::NoToken(_) => Self::not_found(),
            _ => Self::fault(&message),
        }
    }
}
