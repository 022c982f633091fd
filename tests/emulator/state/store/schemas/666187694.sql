
CREATE TABLE pools (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
    document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    allocation_state TEXT NOT NULL, allocation_time INTEGER NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL,
    target_dedicated INTEGER NOT NULL, target_low_priority INTEGER NOT NULL,
    deallocation TEXT NOT NULL, resize_errors TEXT NOT NULL,
    autoscale_due INTEGER, autoscale_enabled INTEGER, autoscale_run TEXT
);
CREATE TABLE nodes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, pool INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    dedicated INTEGER NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    allocated INTEGER NOT NULL, booted INTEGER NOT NULL, start_task TEXT, start_task_info TEXT,
    tasks_run INTEGER NOT NULL, tasks_succeeded INTEGER NOT NULL,
    scheduling TEXT NOT NULL, returns INTEGER
);
CREATE INDEX nodes_of_pool ON nodes (pool);
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
    pool TEXT NOT NULL, document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    previous_state TEXT, previous_state_time INTEGER,
    created INTEGER NOT NULL, modified INTEGER NOT NULL, priority INTEGER NOT NULL,
    deadline INTEGER, ended INTEGER, terminate_reason TEXT, auto_pool TEXT, schedule INTEGER
);
CREATE INDEX jobs_of_pool ON jobs (pool, state, priority DESC, seq);
CREATE INDEX jobs_of_schedule ON jobs (schedule) WHERE schedule IS NOT NULL;
CREATE TABLE job_schedules (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
    document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL,
    next_run INTEGER, last_run INTEGER, jobs INTEGER NOT NULL,
    previous_state TEXT, previous_state_time INTEGER, ended INTEGER, auto_pool TEXT
);
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL, key TEXT NOT NULL,
    id TEXT NOT NULL, document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    previous_state TEXT, previous_state_time INTEGER,
    created INTEGER NOT NULL, modified INTEGER NOT NULL, required_slots INTEGER NOT NULL,
    pool TEXT, node TEXT, started INTEGER, ended INTEGER, exit_code INTEGER, result TEXT,
    failure TEXT, retries INTEGER NOT NULL, last_retry INTEGER,
    requeues INTEGER NOT NULL, last_requeue INTEGER, expires INTEGER,
    waits INTEGER NOT NULL, number INTEGER, satisfied INTEGER NOT NULL,
    UNIQUE (job, key)
);
CREATE INDEX tasks_listed ON tasks (job, key, state, state_time);
CREATE INDEX tasks_by_state ON tasks (job, state, key, state_time);
CREATE INDEX tasks_queued ON tasks (job, state, waits) WHERE state = 'active';
CREATE INDEX tasks_counted ON tasks (job, state, result, required_slots, waits);
CREATE INDEX tasks_satisfied ON tasks (job, number) WHERE satisfied = 1;
CREATE INDEX tasks_of_node ON tasks (node, ended) WHERE node IS NOT NULL;
CREATE INDEX tasks_expiring ON tasks (expires) WHERE expires IS NOT NULL;
CREATE TABLE dependencies (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL,
    task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
    key TEXT, first INTEGER, last INTEGER
);
CREATE INDEX dependencies_of_task ON dependencies (task);
CREATE INDEX dependencies_on_key ON dependencies (job, key) WHERE key IS NOT NULL;
CREATE INDEX dependencies_on_range ON dependencies (job, last)
    WHERE last IS NOT NULL;
CREATE TABLE preparations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL, pool TEXT NOT NULL,
    node TEXT NOT NULL, state TEXT NOT NULL, started INTEGER NOT NULL, standing TEXT NOT NULL,
    ended INTEGER, exit_code INTEGER, result TEXT, failure TEXT,
    retries INTEGER NOT NULL, last_retry INTEGER, expires INTEGER,
    release_state TEXT, release_started INTEGER, release_ended INTEGER,
    release_exit_code INTEGER, release_result TEXT, release_failure TEXT, release_expires INTEGER,
    UNIQUE (job, node)
);
CREATE INDEX preparations_of_node ON preparations (node);
CREATE INDEX preparations_expiring ON preparations (expires) WHERE expires IS NOT NULL;
CREATE INDEX releases_expiring ON preparations (release_expires)
    WHERE release_expires IS NOT NULL;
CREATE INDEX preparations_failed ON preparations (job, node) WHERE result = 'failure';
CREATE TABLE processes (
    process_group INTEGER PRIMARY KEY, started TEXT NOT NULL
);
