"""The route table: all operations, served or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from batchff.emulator.batch.operations import (
    applications,
    certificates,
    files,
    operators,
    statistics,
)
from batchff.emulator.batch.operations.jobs import (
    job_preparation,
    job_schedules,
    jobs,
    subtasks,
    tasks,
)
from batchff.emulator.batch.operations.pools import (
    autoscale,
    extensions,
    images,
    logins,
    node_actions,
    node_logs,
    nodes,
    pools,
)
from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.versions import (
    ALL,
    V2018_12,
    V2019_06,
    V2021_06,
    V2022_10,
    V2024_02,
    V2024_07,
    Span,
)

Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the REST API; without a handler it answers 501 with its name."""

    name: str
    method: str
    path: str
    handler: Handler | None = None
    versions: Span = ALL
    without_effect: bool = False
    """It answers, and nothing follows from it: refused by name where the emulator is strict."""


_POOL = "/pools/{poolId}"
_NODE = "/pools/{poolId}/nodes/{nodeId}"
_NODE_FILE = _NODE + "/files/{filePath:path}"
_JOB = "/jobs/{jobId}"
_TASK = "/jobs/{jobId}/tasks/{taskId}"
_TASK_FILE = _TASK + "/files/{filePath:path}"
_SCHEDULE = "/jobschedules/{jobScheduleId}"

OPERATIONS = (
    Operation("ListApplications", "GET", "/applications", applications.list_applications),
    Operation(
        "GetApplication",
        "GET",
        "/applications/{applicationId}",
        applications.get_application,
    ),
    Operation(
        "ListPoolUsageMetrics",
        "GET",
        "/poolusagemetrics",
        statistics.list_pool_usage_metrics,
        without_effect=True,
    ),
    Operation(
        "ListSupportedImages",
        "GET",
        "/supportedimages",
        images.list_supported_images,
        Span(since=V2019_06),
    ),
    Operation("ListPoolNodeCounts", "GET", "/nodecounts", pools.list_pool_node_counts),
    Operation("CreatePool", "POST", "/pools", pools.create_pool),
    Operation("ListPools", "GET", "/pools", pools.list_pools),
    Operation("DeletePool", "DELETE", _POOL, pools.delete_pool),
    Operation("PoolExists", "HEAD", _POOL, pools.pool_exists),
    Operation("GetPool", "GET", _POOL, pools.get_pool),
    Operation("UpdatePool", "PATCH", _POOL, pools.update_pool),
    Operation(
        "DisablePoolAutoScale",
        "POST",
        _POOL + "/disableautoscale",
        autoscale.disable_pool_auto_scale,
    ),
    Operation(
        "EnablePoolAutoScale",
        "POST",
        _POOL + "/enableautoscale",
        autoscale.enable_pool_auto_scale,
    ),
    Operation(
        "EvaluatePoolAutoScale",
        "POST",
        _POOL + "/evaluateautoscale",
        autoscale.evaluate_pool_auto_scale,
    ),
    Operation("ResizePool", "POST", _POOL + "/resize", pools.resize_pool),
    Operation("StopPoolResize", "POST", _POOL + "/stopresize", pools.stop_pool_resize),
    Operation(
        "ReplacePoolProperties",
        "POST",
        _POOL + "/updateproperties",
        pools.replace_pool_properties,
    ),
    Operation("RemoveNodes", "POST", _POOL + "/removenodes", node_actions.remove_nodes),
    Operation("ListNodes", "GET", _POOL + "/nodes", nodes.list_nodes),
    Operation("GetNode", "GET", _NODE, nodes.get_node),
    Operation(
        "CreateNodeUser", "POST", _NODE + "/users", logins.create_node_user, without_effect=True
    ),
    Operation(
        "DeleteNodeUser",
        "DELETE",
        _NODE + "/users/{userName}",
        logins.delete_node_user,
        without_effect=True,
    ),
    Operation(
        "ReplaceNodeUser",
        "PUT",
        _NODE + "/users/{userName}",
        logins.replace_node_user,
        without_effect=True,
    ),
    Operation("RebootNode", "POST", _NODE + "/reboot", node_actions.reboot_node),
    Operation("StartNode", "POST", _NODE + "/start", node_actions.start_node, Span(since=V2024_07)),
    Operation("ReimageNode", "POST", _NODE + "/reimage", node_actions.reimage_node),
    Operation(
        "DeallocateNode",
        "POST",
        _NODE + "/deallocate",
        node_actions.deallocate_node,
        Span(since=V2024_07),
    ),
    Operation(
        "DisableNodeScheduling",
        "POST",
        _NODE + "/disablescheduling",
        node_actions.disable_node_scheduling,
    ),
    Operation(
        "EnableNodeScheduling",
        "POST",
        _NODE + "/enablescheduling",
        node_actions.enable_node_scheduling,
    ),
    Operation(
        "GetNodeRemoteLoginSettings",
        "GET",
        _NODE + "/remoteloginsettings",
        logins.get_remote_login_settings,
        without_effect=True,
    ),
    Operation(
        "UploadNodeLogs",
        "POST",
        _NODE + "/uploadbatchservicelogs",
        node_logs.upload_node_logs,
        without_effect=True,
    ),
    Operation(
        "ListNodeExtensions",
        "GET",
        _NODE + "/extensions",
        extensions.list_node_extensions,
        Span(since=V2021_06),
    ),
    Operation(
        "GetNodeExtension",
        "GET",
        _NODE + "/extensions/{extensionName}",
        extensions.get_node_extension,
        Span(since=V2021_06),
    ),
    Operation("ListNodeFiles", "GET", _NODE + "/files", files.list_node_files),
    Operation("DeleteNodeFile", "DELETE", _NODE_FILE, files.delete_node_file),
    Operation("GetNodeFileProperties", "HEAD", _NODE_FILE, files.get_node_file_properties),
    Operation("DownloadNodeFile", "GET", _NODE_FILE, files.download_node_file),
    Operation("CreateJob", "POST", "/jobs", jobs.create_job),
    Operation("ListJobs", "GET", "/jobs", jobs.list_jobs),
    Operation("DeleteJob", "DELETE", _JOB, jobs.delete_job),
    Operation("GetJob", "GET", _JOB, jobs.get_job),
    Operation("UpdateJob", "PATCH", _JOB, jobs.update_job),
    Operation("ReplaceJob", "PUT", _JOB, jobs.replace_job),
    Operation("DisableJob", "POST", _JOB + "/disable", jobs.disable_job),
    Operation("EnableJob", "POST", _JOB + "/enable", jobs.enable_job),
    Operation("TerminateJob", "POST", _JOB + "/terminate", jobs.terminate_job),
    Operation(
        "ListJobPreparationAndReleaseTaskStatus",
        "GET",
        _JOB + "/jobpreparationandreleasetaskstatus",
        job_preparation.list_job_preparation_and_release_task_status,
    ),
    Operation("GetJobTaskCounts", "GET", _JOB + "/taskcounts", jobs.get_job_task_counts),
    Operation("CreateJobSchedule", "POST", "/jobschedules", job_schedules.create_job_schedule),
    Operation("ListJobSchedules", "GET", "/jobschedules", job_schedules.list_job_schedules),
    Operation("JobScheduleExists", "HEAD", _SCHEDULE, job_schedules.job_schedule_exists),
    Operation("DeleteJobSchedule", "DELETE", _SCHEDULE, job_schedules.delete_job_schedule),
    Operation("GetJobSchedule", "GET", _SCHEDULE, job_schedules.get_job_schedule),
    Operation("UpdateJobSchedule", "PATCH", _SCHEDULE, job_schedules.update_job_schedule),
    Operation("ReplaceJobSchedule", "PUT", _SCHEDULE, job_schedules.replace_job_schedule),
    Operation(
        "DisableJobSchedule",
        "POST",
        _SCHEDULE + "/disable",
        job_schedules.disable_job_schedule,
    ),
    Operation(
        "EnableJobSchedule", "POST", _SCHEDULE + "/enable", job_schedules.enable_job_schedule
    ),
    Operation(
        "TerminateJobSchedule",
        "POST",
        _SCHEDULE + "/terminate",
        job_schedules.terminate_job_schedule,
    ),
    Operation(
        "ListJobsFromSchedule", "GET", _SCHEDULE + "/jobs", job_schedules.list_jobs_from_schedule
    ),
    Operation("CreateTask", "POST", _JOB + "/tasks", tasks.create_task),
    Operation("ListTasks", "GET", _JOB + "/tasks", tasks.list_tasks),
    Operation(
        "CreateTaskCollection", "POST", _JOB + "/addtaskcollection", tasks.create_task_collection
    ),
    Operation("DeleteTask", "DELETE", _TASK, tasks.delete_task),
    Operation("GetTask", "GET", _TASK, tasks.get_task),
    Operation("ReplaceTask", "PUT", _TASK, tasks.replace_task),
    Operation("ListSubtasks", "GET", _TASK + "/subtasksinfo", subtasks.list_subtasks),
    Operation("TerminateTask", "POST", _TASK + "/terminate", tasks.terminate_task),
    Operation("ReactivateTask", "POST", _TASK + "/reactivate", tasks.reactivate_task),
    Operation("ListTaskFiles", "GET", _TASK + "/files", files.list_task_files),
    Operation("DeleteTaskFile", "DELETE", _TASK_FILE, files.delete_task_file),
    Operation("DownloadTaskFile", "GET", _TASK_FILE, files.download_task_file),
    Operation("GetTaskFileProperties", "HEAD", _TASK_FILE, files.get_task_file_properties),
)
"""Those of the newest version, which older ones have too unless they say otherwise."""

_CERTIFICATE = "/certificates(thumbprintAlgorithm={algorithm},thumbprint={thumbprint})"
_CERTIFICATES = Span(until=V2024_07)
_LIFETIME = Span(until=V2022_10)

EARLIER_OPERATIONS = (
    Operation(
        "ListNodeAgentSkus", "GET", "/nodeagentskus", images.list_node_agents, Span(until=V2018_12)
    ),
    Operation(
        "GetLifetimePoolStatistics",
        "GET",
        "/lifetimepoolstats",
        statistics.get_lifetime_pool_statistics,
        _LIFETIME,
        without_effect=True,
    ),
    Operation(
        "GetLifetimeJobStatistics",
        "GET",
        "/lifetimejobstats",
        statistics.get_lifetime_job_statistics,
        _LIFETIME,
        without_effect=True,
    ),
    Operation(
        "GetNodeRemoteDesktop",
        "GET",
        _NODE + "/rdp",
        logins.get_remote_desktop,
        Span(until=V2024_02),
        without_effect=True,
    ),
    Operation("CreateCertificate", "POST", "/certificates", versions=_CERTIFICATES),
    Operation(
        "ListCertificates", "GET", "/certificates", certificates.list_certificates, _CERTIFICATES
    ),
    Operation("GetCertificate", "GET", _CERTIFICATE, certificates.no_certificate, _CERTIFICATES),
    Operation(
        "DeleteCertificate", "DELETE", _CERTIFICATE, certificates.no_certificate, _CERTIFICATES
    ),
    Operation(
        "CancelCertificateDeletion",
        "POST",
        _CERTIFICATE + "/canceldelete",
        versions=_CERTIFICATES,
    ),
)
"""Those that the newest version has no more."""

EMULATOR_OPERATIONS = (
    Operation("PreemptNode", "POST", "/$emulator/nodes/{nodeId}/preempt", operators.preempt_node),
)
"""Those that only the emulator has: what its operators ask of it."""
