//! Every statistic a second time, from the rows alone, as the page on the original system has it. `{day}` is the day of `created_at` in `{zone}`.

pub struct Formula {
    pub name: &'static str,
    pub compat: bool,
    /// What to select from the statistic.
    pub shown: &'static str,
    /// The same from the rows.
    pub from_rows: &'static str,
}

const M: &str = "app_id = '{app}' AND invoke_from <> 'debugger' AND created_at >= '{start}' AND created_at < '{until}'";
const PLAIN_M: &str = "app_id = '{app}' AND coalesce(invoke_from, '') NOT IN ('debugger', 'debug') AND status <> 'running' AND created_at >= '{start}' AND created_at < '{until}'";
const W: &str = "app_id = '{app}' AND triggered_from = 'app-run' AND created_at >= '{start}' AND created_at < '{until}'";
const PLAIN_W: &str = "app_id = '{app}' AND coalesce(triggered_from, '') NOT IN ('debugging', 'single-step') AND coalesce(invoke_from, '') <> 'debugger' AND status <> 'running' \
    AND created_at >= '{start}' AND created_at < '{until}'";

/// round() of a float is half to even.
pub const FORMULAS: [Formula; 25] = [
    Formula {
        name: "daily_messages",
        compat: true,
        shown: "bucket AS day, message_count AS n",
        from_rows: "SELECT {day} AS day, count(*) AS n FROM messages WHERE {M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "daily_messages",
        compat: false,
        shown: "bucket AS day, message_count AS n",
        from_rows: "SELECT {day} AS day, count(*) AS n FROM messages WHERE {PLAIN_M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "daily_conversations",
        compat: true,
        shown: "bucket AS day, conversation_count AS n",
        from_rows: "SELECT {day} AS day, count(DISTINCT conversation_id) AS n FROM messages WHERE {M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "daily_conversations",
        compat: false,
        shown: "bucket AS day, conversation_count AS n",
        from_rows: "SELECT {day} AS day, count(DISTINCT conversation_id) AS n FROM messages WHERE {PLAIN_M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "daily_end_users",
        compat: true,
        shown: "bucket AS day, end_user_count AS n",
        from_rows: "SELECT {day} AS day, count(DISTINCT end_user_id) AS n FROM messages WHERE {M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "daily_end_users",
        compat: false,
        shown: "bucket AS day, end_user_count AS n",
        from_rows: "SELECT {day} AS day, count(DISTINCT coalesce(end_user_id, CASE WHEN account_id IS NULL THEN user_id END)) AS n FROM messages WHERE {PLAIN_M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "token_costs",
        compat: true,
        shown: "bucket AS day, token_count::float8 AS tokens, total_price::float8 AS price, currency",
        from_rows: "SELECT {day} AS day, (coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0))::float8 AS tokens, sum(total_price)::float8 AS price, 'USD' AS currency FROM messages WHERE {M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "token_costs",
        compat: false,
        shown: "bucket AS day, currency, token_count::float8 AS tokens, total_price::float8 AS price",
        from_rows: "SELECT {day} AS day, currency, sum(coalesce(total_tokens, coalesce(input_tokens, 0) + coalesce(output_tokens, 0)))::float8 AS tokens, coalesce(sum(total_price), 0)::float8 AS price FROM messages WHERE {PLAIN_M} GROUP BY 1, 2 ORDER BY 1, 2",
    },
    Formula {
        name: "average_session_interactions",
        compat: true,
        shown: "bucket AS day, interactions::float8 AS n",
        from_rows: "SELECT date_trunc('day', born AT TIME ZONE '{zone}') AS day, round(sum(n)::float8 / count(*) * 100) / 100 AS n FROM (SELECT conversation_id, min(created_at) AS born, count(*) FILTER (WHERE invoke_from <> 'debugger') AS n FROM messages WHERE app_id = '{app}' AND conversation_id IS NOT NULL GROUP BY 1) c WHERE n > 0 AND born >= '{start}' AND born < '{until}' GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "average_session_interactions",
        compat: false,
        shown: "bucket AS day, interactions::float8 AS n",
        from_rows: "SELECT date_trunc('day', born AT TIME ZONE '{zone}') AS day, round(sum(n)::float8 / count(*) * 100) / 100 AS n FROM (SELECT conversation_id, min(created_at) AS born, count(*) FILTER (WHERE coalesce(invoke_from, '') NOT IN ('debugger', 'debug')) AS n FROM messages WHERE app_id = '{app}' AND conversation_id IS NOT NULL AND status <> 'running' GROUP BY 1) c WHERE n > 0 AND born >= '{start}' AND born < '{until}' GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "user_satisfaction_rate",
        compat: true,
        shown: "bucket AS day, rate::float8 AS rate",
        from_rows: "SELECT {day} AS day, round((1000 * count(feedback)::numeric / count(*) * 100)::float8) / 100 AS rate FROM (SELECT * FROM messages WHERE {M}) m LEFT JOIN (SELECT id AS feedback, message_id FROM feedbacks WHERE rating = 'like') f ON f.message_id = m.id GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "user_satisfaction_rate",
        compat: false,
        shown: "bucket AS day, likes, dislikes, rated, message_count AS messages",
        from_rows: "SELECT {day} AS day, count(*) FILTER (WHERE liked) AS likes, count(*) FILTER (WHERE disliked) AS dislikes, count(*) FILTER (WHERE liked OR disliked) AS rated, count(*) FILTER (WHERE status <> 'running') AS messages \
            FROM (SELECT m.created_at, m.status, EXISTS (SELECT FROM feedbacks f WHERE f.message_id = m.id AND f.rating = 'like') AS liked, EXISTS (SELECT FROM feedbacks f WHERE f.message_id = m.id AND f.rating = 'dislike') AS disliked \
                  FROM messages m WHERE app_id = '{app}' AND coalesce(invoke_from, '') NOT IN ('debugger', 'debug') AND created_at >= '{start}' AND created_at < '{until}') m GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "average_response_time",
        compat: true,
        shown: "bucket AS day, latency::float8 AS ms",
        from_rows: "SELECT {day} AS day, round((avg(coalesce(duration, 0)::numeric) * 10000000)::float8) / 10000 AS ms FROM messages WHERE {M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "average_response_time",
        compat: false,
        shown: "bucket AS day, latency::float8 AS ms",
        from_rows: "SELECT {day} AS day, round((avg(duration::numeric) * 10000000)::float8) / 10000 AS ms FROM messages WHERE {PLAIN_M} AND status <> 'error' GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "tokens_per_second",
        compat: true,
        shown: "bucket AS day, tps::float8 AS tps",
        from_rows: "SELECT {day} AS day, round((sum(output_tokens) / sum(duration::numeric) * 10000)::float8) / 10000 AS tps FROM messages WHERE {M} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "tokens_per_second",
        compat: false,
        shown: "bucket AS day, tps::float8 AS tps",
        from_rows: "SELECT {day} AS day, round((sum(output_tokens) / sum(duration::numeric) * 10000)::float8) / 10000 AS tps FROM messages WHERE {PLAIN_M} AND status <> 'error' GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "workflow_runs",
        compat: true,
        shown: "bucket AS day, runs AS n",
        from_rows: "SELECT {day} AS day, count(*) AS n FROM workflow_runs WHERE {W} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "workflow_runs",
        compat: false,
        shown: "bucket AS day, runs AS n",
        from_rows: "SELECT {day} AS day, count(*) AS n FROM workflow_runs WHERE {PLAIN_W} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "workflow_users",
        compat: true,
        shown: "bucket AS day, user_count AS n",
        from_rows: "SELECT {day} AS day, count(DISTINCT user_id) AS n FROM workflow_runs WHERE {W} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "workflow_users",
        compat: false,
        shown: "bucket AS day, user_count AS n",
        from_rows: "SELECT {day} AS day, count(DISTINCT user_id) AS n FROM workflow_runs WHERE {PLAIN_W} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "workflow_token_costs",
        compat: true,
        shown: "bucket AS day, token_count::float8 AS tokens",
        from_rows: "SELECT {day} AS day, sum(total_tokens)::float8 AS tokens FROM workflow_runs WHERE {W} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "workflow_token_costs",
        compat: false,
        shown: "bucket AS day, token_count::float8 AS tokens, total_price::float8 AS price",
        from_rows: "SELECT {day} AS day, sum(total_tokens)::float8 AS tokens, sum(total_price)::float8 AS price FROM workflow_runs WHERE {PLAIN_W} GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "average_app_interactions",
        compat: true,
        shown: "bucket AS day, interactions::float8 AS n",
        from_rows: "SELECT day, round(avg(n)::float8 * 100) / 100 AS n FROM (SELECT {day} AS day, user_id, count(*) AS n FROM workflow_runs WHERE {W} GROUP BY 1, 2) u GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "average_app_interactions",
        compat: false,
        shown: "bucket AS day, interactions::float8 AS n",
        from_rows: "SELECT day, round(avg(n)::float8 * 100) / 100 AS n FROM (SELECT {day} AS day, user_id, count(*) AS n FROM workflow_runs WHERE {PLAIN_W} GROUP BY 1, 2) u GROUP BY 1 ORDER BY 1",
    },
    Formula {
        name: "errors",
        compat: false,
        shown: "bucket AS day, kind, count AS n, failed",
        from_rows: "SELECT {day} AS day, kind, count(*) AS n, count(*) FILTER (WHERE bad) AS failed FROM (\
        SELECT created_at, 'message' AS kind, status = 'error' AS bad FROM messages WHERE {PLAIN_M} \
        UNION ALL SELECT created_at, 'run', status = 'failed' FROM workflow_runs WHERE {PLAIN_W} \
        UNION ALL SELECT created_at, 'node', status IN ('failed', 'exception') FROM node_executions WHERE app_id = '{app}' AND NOT draft AND created_at >= '{start}' AND created_at < '{until}') x GROUP BY 1, 2 ORDER BY 1, 2",
    },
];

impl Formula {
    pub fn actual(&self, app: &str, start: &str, until: &str, zone: &str) -> String {
        let compat = if self.name == "errors" {
            ""
        } else if self.compat {
            ", compat => true"
        } else {
            ", compat => false"
        };
        format!(
            "SELECT {} FROM dify_observe.stats_{}(app_id => '{app}', start => '{start}', until => '{until}', time_zone => '{zone}'{compat})",
            self.shown, self.name
        )
    }

    pub fn expected(&self, app: &str, start: &str, until: &str, zone: &str) -> String {
        let day = format!("date_trunc('day', created_at AT TIME ZONE '{zone}')");
        let filled = [
            ("{PLAIN_M}", PLAIN_M),
            ("{PLAIN_W}", PLAIN_W),
            ("{M}", M),
            ("{W}", W),
        ]
        .iter()
        .fold(self.from_rows.to_owned(), |sql, (name, filter)| {
            sql.replace(name, filter)
        });
        filled
            .replace("{day}", &day)
            .replace("{zone}", zone)
            .replace("{app}", app)
            .replace("{start}", start)
            .replace("{until}", until)
    }
}
