"""Rows of pools, nodes and jobs as the JSON that the service answers with, and all URLs."""

from __future__ import annotations

import os
from urllib.parse import quote

from batchff.emulator.state.model import Document, Job, JobSchedule, Node, Pool, Task
from batchff.emulator.state.states import AllocationState, NodeState
from batchff.emulator.state.times import etag_of, format_time

_NODE_AGENT_VERSION = "1.11.0"
NODE_ADDRESS = "127.0.0.1"
NODE_ADDRESS_6 = "::1"
LOGIN_PORT = 50_000
"""The port by which the first node of a pool could be logged in to; the others' follow."""
_SSH_PORT = 22


def pool_url(endpoint: str, pool_id: str) -> str:
    """Give the URL of a pool."""
    return f"{endpoint}/pools/{pool_id}"


def node_url(endpoint: str, pool_id: str, node_id: str) -> str:
    """Give the URL of a node."""
    return f"{endpoint}/pools/{pool_id}/nodes/{node_id}"


def job_url(endpoint: str, job_id: str) -> str:
    """Give the URL of a job."""
    return f"{endpoint}/jobs/{job_id}"


def job_schedule_url(endpoint: str, schedule_id: str) -> str:
    """Give the URL of a job schedule."""
    return f"{endpoint}/jobschedules/{schedule_id}"


def task_url(endpoint: str, job_id: str, task_id: str) -> str:
    """Give the URL of a task."""
    return f"{endpoint}/jobs/{job_id}/tasks/{task_id}"


def file_url(owner: str, path: str) -> str:
    """Give the URL of a file of a task or node, whose URL is `owner`."""
    return f"{owner}/files/{quote(os.fsencode(path))}"


def render_pool(pool: Pool, nodes: list[Node], endpoint: str) -> Document:
    """Write a pool, with the number of its nodes."""
    document = {
        "id": pool.id,
        "url": pool_url(endpoint, pool.id),
        "eTag": etag_of(pool.modified),
        "lastModified": format_time(pool.modified),
        "creationTime": format_time(pool.created),
        "state": pool.state,
        "stateTransitionTime": format_time(pool.state_time),
        "allocationState": pool.allocation_state,
        "allocationStateTransitionTime": format_time(pool.allocation_time),
        "currentDedicatedNodes": sum(node.dedicated for node in nodes),
        "currentLowPriorityNodes": sum(not node.dedicated for node in nodes),
        **pool.document,
        "targetDedicatedNodes": pool.target_dedicated,
        "targetLowPriorityNodes": pool.target_low_priority,
    }
    if nodes and pool.allocation_state is AllocationState.STEADY:
        mode = pool.document.get("targetNodeCommunicationMode")
        document["currentNodeCommunicationMode"] = mode if mode == "simplified" else "classic"
    if pool.autoscale_run:
        document["autoScaleRun"] = pool.autoscale_run
    if pool.resize_errors:
        document["resizeErrors"] = pool.resize_errors
    return document


def render_node(
    node: Node,
    pool: Pool,
    number: int,
    recent: list[Document],
    running: list[Task],
    endpoint: str,
) -> Document:
    """Write a node, with its latest tasks and what its running ones take of it.

    Its number counts the nodes of its pool.
    """
    document: Document = {
        "id": node.id,
        "url": node_url(endpoint, pool.id, node.id),
        "state": node.state,
        "schedulingState": node.scheduling,
        "stateTransitionTime": format_time(node.state_time),
        "lastBootTime": format_time(node.booted),
        "allocationTime": format_time(node.allocated),
        "ipAddress": NODE_ADDRESS,
        "ipv6Address": NODE_ADDRESS_6,
        "affinityId": f"TVM:{node.id}",
        "vmSize": pool.document["vmSize"],
        "totalTasksRun": node.tasks_run,
        "totalTasksSucceeded": node.tasks_succeeded,
        "runningTasksCount": len(running),
        "runningTaskSlotsCount": sum(task.required_slots for task in running),
        "isDedicated": node.dedicated,
        "certificateReferences": [],
        "endpointConfiguration": {"inboundEndpoints": _endpoints(pool, number)},
        "nodeAgentInfo": {
            "version": _NODE_AGENT_VERSION,
            "lastUpdateTime": format_time(node.booted),
        },
    }
    machine = pool.document.get("virtualMachineConfiguration")
    if machine is not None:
        image = {**machine["imageReference"], "exactVersion": "latest"}
        document["virtualMachineInfo"] = {"imageReference": image}
    if node.start_task:
        document["startTask"] = node.start_task
    if node.start_task_info:
        document["startTaskInfo"] = node.start_task_info
    if recent:
        document["recentTasks"] = recent
    if node.state == NodeState.START_TASK_FAILED:
        document["errors"] = [
            {"code": "StartTaskFailed", "message": "The start task on this node failed"}
        ]
    return document


def _endpoints(pool: Pool, number: int) -> list[Document]:
    """Write the ports of a node that could be reached from outside, if it were a machine."""
    network = pool.document.get("networkConfiguration", {})
    wanted = network.get("endpointConfiguration", {}).get("inboundNATPools", [])
    endpoints = [
        (each["name"], each["protocol"], each["frontendPortRangeStart"], each["backendPort"])
        for each in wanted
    ]
    return [
        {
            "name": f"{name}.{number}",
            "protocol": protocol,
            "publicIPAddress": NODE_ADDRESS,
            "publicFQDN": "localhost",
            "frontendPort": first + number,
            "backendPort": port,
        }
        for name, protocol, first, port in (*endpoints, ("SSHRule", "tcp", LOGIN_PORT, _SSH_PORT))
    ]


def render_job(job: Job, endpoint: str) -> Document:
    """Write a job."""
    document: Document = {
        "id": job.id,
        "url": job_url(endpoint, job.id),
        "eTag": etag_of(job.modified),
        "lastModified": format_time(job.modified),
        "creationTime": format_time(job.created),
        "state": job.state,
        "stateTransitionTime": format_time(job.state_time),
    }
    if job.previous_state and job.previous_state_time:
        document["previousState"] = job.previous_state
        document["previousStateTransitionTime"] = format_time(job.previous_state_time)
    info: Document = {
        "startTime": format_time(job.created),
        "poolId": job.auto_pool or job.document["poolInfo"]["poolId"],
    }
    if job.ended:
        info["endTime"] = format_time(job.ended)
    if job.terminate_reason:
        info["terminateReason"] = job.terminate_reason
    return {**document, **job.document, "executionInfo": info}


def render_job_schedule(schedule: JobSchedule, endpoint: str) -> Document:
    """Write a job schedule."""
    document: Document = {
        "id": schedule.id,
        "url": job_schedule_url(endpoint, schedule.id),
        "eTag": etag_of(schedule.modified),
        "lastModified": format_time(schedule.modified),
        "creationTime": format_time(schedule.created),
        "state": schedule.state,
        "stateTransitionTime": format_time(schedule.state_time),
    }
    if schedule.previous_state and schedule.previous_state_time:
        document["previousState"] = schedule.previous_state
        document["previousStateTransitionTime"] = format_time(schedule.previous_state_time)
    info: Document = {}
    if schedule.next_run is not None and schedule.ended is None:
        info["nextRunTime"] = format_time(schedule.next_run)
    if schedule.recent_job:
        job = schedule.recent_job
        info["recentJob"] = {"id": job, "url": job_url(endpoint, job)}
    if schedule.ended:
        info["endTime"] = format_time(schedule.ended)
    return {**document, **schedule.document, "executionInfo": info}
