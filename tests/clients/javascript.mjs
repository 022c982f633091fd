// What a JavaScript program does with npm's @azure/batch 10.2 (api-version 2022-10-01.16.0).
//
// Its arguments are the folder where the package is installed, the endpoint, the account and the
// key; it prints what it saw as JSON.

import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";

const [folder, endpoint, account, key] = process.argv.slice(2);
const { BatchServiceClient, BatchSharedKeyCredentials } = createRequire(`${folder}/`)("@azure/batch");

const POOL = "JavaScriptPool";
const JOB = "JavaScriptJob";

async function text(response) {
  const chunks = [];
  for await (const chunk of response.readableStreamBody) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function allTasks(client, taskListOptions) {
  let page = await client.task.list(JOB, { taskListOptions });
  const tasks = [...page];
  while (page.odatanextLink) {
    page = await client.task.listNext(page.odatanextLink);
    tasks.push(...page);
  }
  return tasks;
}

async function waitForTasks(client) {
  const deadline = Date.now() + 60_000;
  while ((await allTasks(client)).some((task) => task.state !== "completed")) {
    if (Date.now() > deadline) throw new Error("the tasks did not complete in time");
    await pause(100);
  }
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.statusCode, error.body?.code];
  }
  throw new Error("it was not refused");
}

async function tour(client) {
  const seen = {};
  const images = await client.account.listSupportedImages();
  seen.images = images.map((image) => image.nodeAgentSKUId);

  await client.pool.add({
    id: POOL,
    vmSize: "Standard_D2s_v5",
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "ubuntu-24_04-lts", sku: "server" },
      nodeAgentSKUId: "batch.node.ubuntu 24.04",
    },
    targetDedicatedNodes: 1,
    taskSlotsPerNode: 2,
    targetNodeCommunicationMode: "simplified",
    startTask: { commandLine: "/bin/sh -c 'echo ready'", waitForSuccess: true },
    metadata: [{ name: "made-by", value: "JavaScript" }],
  });
  const pool = await client.pool.get(POOL);
  seen.pool = [pool.id, pool.vmSize, pool.taskSlotsPerNode, pool.targetNodeCommunicationMode];
  seen.exists = [(await client.pool.exists(POOL)).body, (await client.pool.exists("nobody")).body];

  await client.job.add({ id: JOB, poolInfo: { poolId: POOL }, priority: 1 });
  const tasks = Array.from({ length: 40 }, (_, number) => ({
    id: `Task${number}`,
    commandLine: `/bin/sh -c 'mkdir sub; echo "${number} é" | tee "sub/a file.txt"'`,
    constraints: { maxWallClockTime: "PT5M", retentionTime: "PT1H" },
  }));
  const added = await client.task.addCollection(JOB, tasks);
  seen.collection = [...new Set(added.value.map((item) => item.status))];
  await waitForTasks(client);
  const counts = await client.job.getTaskCounts(JOB);
  seen.counts = [counts.taskCounts.completed, counts.taskCounts.succeeded];
  seen.paged = (await allTasks(client, { maxResults: 7, select: "id, state" })).length;
  const filter = "startswith(id, 'Task1') and state eq 'completed'";
  seen.filtered = (await allTasks(client, { filter })).length;

  const task = await client.task.get(JOB, "Task7");
  seen.task = [task.executionInfo.exitCode, task.executionInfo.result];
  const node = await client.computeNode.get(POOL, task.nodeInfo.nodeId);
  seen.node = [node.isDedicated, node.startTaskInfo.exitCode];
  seen.nodes = (await client.computeNode.list(POOL)).length;
  const nodeCounts = await client.account.listPoolNodeCounts();
  seen.nodeCounts = nodeCounts.map((each) => each.dedicated.total);

  const files = await client.file.listFromTask(JOB, "Task7", { recursive: true });
  seen.files = files.map((file) => file.name).sort();
  seen.output = await text(await client.file.getFromTask(JOB, "Task7", "wd/sub/a file.txt"));
  const properties = await client.file.getPropertiesFromTask(JOB, "Task7", "stdout.txt");
  seen.properties = [properties.contentLength, properties.ocpBatchFileIsdirectory];
  await client.file.deleteFromTask(JOB, "Task7", "wd/sub", { recursive: true });

  await client.job.patch(JOB, { priority: 7 });
  seen.priority = (await client.job.get(JOB)).priority;
  await client.pool.resize(POOL, { targetDedicatedNodes: 0, nodeDeallocationOption: "requeue" });
  seen.existsAlready = await refusal(client.job.add({ id: JOB, poolInfo: { poolId: POOL } }));
  seen.notFound = await refusal(client.task.get(JOB, "nobody"));
  seen.notSupported = await refusal(
    client.certificate.add({ thumbprint: "ab", thumbprintAlgorithm: "sha1", data: "AA==" }),
  );

  await client.task.deleteMethod(JOB, "Task0");
  await client.job.terminate(JOB, { jobTerminateParameter: { terminateReason: "done" } });
  seen.jobs = (await client.job.list()).map((job) => job.id);
  await client.job.deleteMethod(JOB);
  await client.pool.deleteMethod(POOL);
  return seen;
}

const credentials = new BatchSharedKeyCredentials(account, key);
const client = new BatchServiceClient(credentials, endpoint, { noRetryPolicy: true });
console.log(JSON.stringify(await tour(client)));
