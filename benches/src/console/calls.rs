//! What is measured, and what it may take.

use postgres::Client;

pub struct Call {
    pub name: &'static str,
    pub sql: String,
    /// Milliseconds.
    pub aim: &'static str,
}

const LIST: &str = "20";
const STATISTIC: &str = "300";
const SEARCH: &str = "200";

/// Of `{app}`; `{month}` is its 30 days, `{run}`, `{message}`, `{conversation}` something in them, `{…_page}` where its hundredth page begins.
const CALLS: &[(&str, &str, &str)] = &[
    ("`run_list`", "run_list({app})", LIST),
    (
        "its hundredth page",
        "run_list({app}, after => {run_page})",
        LIST,
    ),
    ("`message_list`", "message_list({app})", LIST),
    (
        "its hundredth page",
        "message_list({app}, after => {message_page})",
        LIST,
    ),
    ("`conversation_list`", "conversation_list({app})", LIST),
    (
        "its hundredth page",
        "conversation_list({app}, after => {conversation_page})",
        LIST,
    ),
    ("`feedback_list`", "feedback_list({app})", LIST),
    (
        "its hundredth page",
        "feedback_list({app}, after => {feedback_page})",
        LIST,
    ),
    ("`annotation_list`", "annotation_list({app})", LIST),
    (
        "`run_list(status => 'failed')`",
        "run_list({app}, status => 'failed')",
        LIST,
    ),
    (
        "`message_list(rating => 'dislike')`",
        "message_list({app}, rating => 'dislike')",
        LIST,
    ),
    (
        "`message_list(user_id => …)`, indexed by user",
        "message_list({app}, user_id => 'user-77')",
        LIST,
    ),
    (
        "`run_list(sort => '-total_tokens')` of a day",
        "run_list({app}, sort => '-total_tokens', start => now() - interval '1 day')",
        LIST,
    ),
    (
        "`run_list(sort => '-elapsed_time')` of 30 days, past days indexed by it",
        "run_list({app}, {month}, sort => '-elapsed_time')",
        LIST,
    ),
    (
        "its hundredth page",
        "run_list({app}, {month}, sort => '-elapsed_time', after => {slow_page})",
        LIST,
    ),
    (
        "`message_list(sort => '-total_price')` of 30 days, likewise",
        "message_list({app}, {month}, sort => '-total_price')",
        LIST,
    ),
    (
        "`run_list(sort => '-total_steps')` of 30 days, not indexed",
        "run_list({app}, {month}, sort => '-total_steps')",
        "",
    ),
    (
        "`conversation_list(sort => '-message_count')`",
        "conversation_list({app}, sort => '-message_count')",
        LIST,
    ),
    ("`run_detail`", "run_detail({run})", LIST),
    ("`run_tracing`", "run_tracing({run})", LIST),
    ("`run_waterfall`", "run_waterfall({run})", LIST),
    (
        "`conversation_timeline`",
        "conversation_timeline({conversation})",
        LIST,
    ),
    ("`message_detail`", "message_detail({message})", LIST),
    (
        "`node_last_run`",
        "node_last_run({app}, node_id => 'llm')",
        LIST,
    ),
    (
        "`user_journey` of 30 days, indexed by user",
        "user_journey({app}, user_id => 'user-77')",
        LIST,
    ),
    (
        "`search_logs` of 6 days: a word in ten rows of all",
        "search_logs({app}, query => 'unicorn', {week})",
        SEARCH,
    ),
    (
        "`独角兽` in as many",
        "search_logs({app}, query => '独角兽', {week})",
        SEARCH,
    ),
    (
        "a word that is nowhere",
        "search_logs({app}, query => 'nothinglikethis', {week})",
        SEARCH,
    ),
    (
        "three letters that are nowhere",
        "search_logs({app}, query => 'qzx', {week})",
        SEARCH,
    ),
    (
        "a word in one row of 4",
        "search_logs({app}, query => {often}, {week})",
        SEARCH,
    ),
    (
        "in one of 60",
        "search_logs({app}, query => {sometimes}, {week})",
        SEARCH,
    ),
    (
        "in one of 600",
        "search_logs({app}, query => {seldom}, {week})",
        SEARCH,
    ),
    (
        "an ideographic one in one of 1000",
        "search_logs({app}, query => {ideographs}, {week})",
        SEARCH,
    ),
    (
        "`stats_daily_messages`",
        "stats_daily_messages({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_daily_conversations`",
        "stats_daily_conversations({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_daily_end_users`",
        "stats_daily_end_users({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_token_costs`",
        "stats_token_costs({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_average_session_interactions`",
        "stats_average_session_interactions({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_user_satisfaction_rate`",
        "stats_user_satisfaction_rate({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_average_response_time`",
        "stats_average_response_time({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_tokens_per_second`",
        "stats_tokens_per_second({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_workflow_runs`",
        "stats_workflow_runs({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_workflow_users`",
        "stats_workflow_users({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_workflow_token_costs`",
        "stats_workflow_token_costs({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_average_app_interactions`",
        "stats_average_app_interactions({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_annotation_hit_rate`",
        "stats_annotation_hit_rate({app}, {month})",
        STATISTIC,
    ),
    ("`stats_errors`", "stats_errors({app}, {month})", STATISTIC),
    (
        "`stats_latency`",
        "stats_latency({app}, {month})",
        STATISTIC,
    ),
    (
        "`stats_usage_breakdown(by => 'model')`",
        "stats_usage_breakdown({app}, {month}, by => 'model')",
        STATISTIC,
    ),
    (
        "`stats_usage_breakdown(by => 'user', bucket => 'all')`",
        "stats_usage_breakdown({app}, {month}, by => 'user', bucket => 'all')",
        STATISTIC,
    ),
    (
        "`stats_usage_breakdown(by => 'user')` by day",
        "stats_usage_breakdown({app}, {month}, by => 'user')",
        STATISTIC,
    ),
    (
        "`feedback_patterns(by => 'word')`",
        "feedback_patterns({app}, {month})",
        STATISTIC,
    ),
    (
        "`feedback_patterns(by => 'model')` of 7 days",
        "feedback_patterns({app}, start => now() - interval '7 days', by => 'model')",
        STATISTIC,
    ),
    ("`report_html` of 30 days", "report_html({app})", ""),
];

pub fn calls(session: &mut Client, app: &str) -> Vec<Call> {
    let mut text = |sql: &str| -> String {
        let sql = sql.replace("{app}", &format!("'{app}'"));
        session.query_one(&sql, &[]).expect(&sql).get(0)
    };
    // Of a list that has less, its last page.
    let page = |list: &str, sort: &str| {
        format!("SELECT (array_agg(cursor))[least(980, count(*))] FROM dify_observe.{list}(app_id => {{app}}, page_size => 1000, {sort} after => (
             SELECT cursor FROM dify_observe.{list}(app_id => {{app}}, page_size => 1000, {sort} after => NULL) OFFSET 999))")
    };
    let word = |column: &str, rank: u32| {
        format!("SELECT {column} FROM made.words ORDER BY abs(rank - {rank}), rank LIMIT 1")
    };
    let row = |what: &str, table: &str| {
        format!(
            "SELECT {what}::text FROM dify_observe.{table} WHERE app_id = {{app}} ORDER BY created_at DESC OFFSET 500 LIMIT 1"
        )
    };
    let known = [
        ("{app}", format!("app_id => '{app}'")),
        ("{month}", "start => now() - interval '30 days'".to_owned()),
        (
            "{week}",
            "start => date_trunc('day', now(), 'UTC') - interval '5 days'".to_owned(),
        ),
        ("{run_page}", quoted(&text(&page("run_list", "")))),
        (
            "{slow_page}",
            quoted(&text(&page("run_list", "sort => '-elapsed_time',"))),
        ),
        ("{message_page}", quoted(&text(&page("message_list", "")))),
        (
            "{conversation_page}",
            quoted(&text(&page("conversation_list", ""))),
        ),
        ("{feedback_page}", quoted(&text(&page("feedback_list", "")))),
        ("{run}", quoted(&text(&row("id", "workflow_runs")))),
        ("{message}", quoted(&text(&row("id", "messages")))),
        (
            "{conversation}",
            quoted(&text(&row("conversation_id", "messages"))),
        ),
        ("{often}", quoted(&text(&word("word", 150)))),
        ("{sometimes}", quoted(&text(&word("word", 2500)))),
        ("{seldom}", quoted(&text(&word("word", 19_999)))),
        ("{ideographs}", quoted(&text(&word("ideographs", 2000)))),
    ];
    let filled = |sql: &str| {
        known.iter().fold(sql.to_owned(), |sql, (name, value)| {
            sql.replace(name, value)
        })
    };
    CALLS
        .iter()
        .map(|&(name, sql, aim)| Call {
            name,
            sql: filled(sql),
            aim,
        })
        .collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
