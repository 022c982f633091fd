#!/usr/bin/env bash
# Microsoft's `az batch` commands, unchanged, against the emulator that the environment names.
#
#     eval "$(batchff emulator env)"
#     timeout 300 tests/clients/az_batch.sh path/to/az
#
# It ends with 1 at the first answer that isn't as it should be. It needs the variables that
# `batchff emulator env` prints and an azure-cli, and leaves nothing behind in either. It has every
# command for the Batch service but `file show`, which azure-cli 2.91 can't do by itself: it dies of
# an AttributeError.
set -euo pipefail

az_program=${1:?the path of az}
folder=$(mktemp -d)
export AZURE_CONFIG_DIR=$folder/config AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_NO_COLOR=yes
pool="az-pool-$$"
job="az-job-$$"
schedule="az-schedule-$$"

az() {
    "$az_program" batch "$@"
}

clean_up() {
    az job delete --job-id "$job" --yes 2>/dev/null || true
    az job-schedule delete --job-schedule-id "$schedule" --yes 2>/dev/null || true
    az pool delete --pool-id "$pool" --yes 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT

# expect WANTED COMMAND...: the command's output is this.
expect() {
    local wanted=$1 found
    shift
    found=$("$@")
    if [[ $found != "$wanted" ]]; then
        printf 'az %s\n  gave %q\n  not  %q\n' "${*:2}" "$found" "$wanted" >&2
        exit 1
    fi
}

# until_it_is WANTED COMMAND...: the command's output becomes this; each look takes most of a second.
until_it_is() {
    local wanted=$1 found
    shift
    for _ in {1..40}; do
        found=$("$@")
        [[ $found != "$wanted" ]] || return 0
    done
    printf 'az %s\n  still gives %q\n  not         %q\n' "${*:2}" "$found" "$wanted" >&2
    exit 1
}

# refused CODE COMMAND...: the command fails with the service's error.
refused() {
    local code=$1
    shift
    if "$@" >/dev/null 2>"$folder/error" || ! grep -q "($code)" "$folder/error"; then
        printf 'az %s\n  was not refused with %s: %s\n' "${*:2}" "$code" "$(<"$folder/error")" >&2
        exit 1
    fi
}

echo '== pools'
expect 'batch.node.ubuntu 24.04' az pool supported-images list \
    --query "[?nodeAgentSkuId=='batch.node.ubuntu 24.04'].nodeAgentSkuId | [0]" -o tsv
az pool create --id "$pool" --vm-size Standard_D2s_v5 --target-dedicated-nodes 1 \
    --image canonical:ubuntu-24_04-lts:server:latest --node-agent-sku-id 'batch.node.ubuntu 24.04' \
    --task-slots-per-node 2 --metadata made-by=az \
    --start-task-command-line "/bin/sh -c 'echo ready'"
refused PoolExists az pool create --id "$pool" --vm-size Standard_D2s_v5 \
    --image canonical:ubuntu-24_04-lts:server:latest --node-agent-sku-id 'batch.node.ubuntu 24.04'
expect "$pool" az pool list --filter "id eq '$pool'" --select 'id, state' --query '[].id' -o tsv
until_it_is steady az pool show --pool-id "$pool" --query allocationState -o tsv
az pool resize --pool-id "$pool" --target-dedicated-nodes 2 --target-low-priority-nodes 0
until_it_is $'idle\nidle' az node list --pool-id "$pool" --query '[].state' -o tsv
node=$(az node list --pool-id "$pool" --query '[0].id' -o tsv)
expect "$node" az node show --pool-id "$pool" --node-id "$node" --query id -o tsv
expect 2 az pool node-counts list --filter "poolId eq '$pool'" \
    --query '[0].dedicated.total' -o tsv

expect '' az pool usage-metrics list --query '[].poolId' -o tsv

echo '== pools that change'
az pool set --pool-id "$pool" --metadata made-by=az changed=yes
expect yes az pool show --pool-id "$pool" --query "metadata[?name=='changed'].value | [0]" -o tsv
az pool reset --pool-id "$pool" --metadata reset=yes --start-task-command-line 'true'
expect true az pool show --pool-id "$pool" --query startTask.commandLine -o tsv
az pool autoscale enable --pool-id "$pool" --auto-scale-formula '$TargetDedicatedNodes=2;'
# shellcheck disable=SC2016  # the formula's variables are Batch's
expect '$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue' \
    az pool autoscale evaluate --pool-id "$pool" --auto-scale-formula '$TargetDedicatedNodes=3;' \
    --query results -o tsv
az pool autoscale disable --pool-id "$pool"
until_it_is steady az pool show --pool-id "$pool" --query allocationState -o tsv
az pool create --id "$pool-json" --vm-size Standard_D2s_v5 --target-dedicated-nodes 9 \
    --image canonical:ubuntu-24_04-lts:server --node-agent-sku-id 'batch.node.ubuntu 24.04'
az pool resize --pool-id "$pool-json" --abort
until_it_is $'steady\nResizeStopped' az pool show --pool-id "$pool-json" \
    --query '[allocationState, resizeErrors[0].code]' -o tsv
az pool delete --pool-id "$pool-json" --yes
refused InvalidApplicationPackageReferences az pool set --pool-id "$pool" \
    --application-package-references does-not-exist

echo '== nodes'
az node user create --pool-id "$pool" --node-id "$node" --name someone --password 'Pa$$w0rd'
az node user reset --pool-id "$pool" --node-id "$node" --user-name someone --password 'Pa$$w0rd'
az node user delete --pool-id "$pool" --node-id "$node" --user-name someone --yes
expect 127.0.0.1 az node remote-login-settings show --pool-id "$pool" --node-id "$node" \
    --query remoteLoginIpAddress -o tsv
az node service-logs upload --pool-id "$pool" --node-id "$node" \
    --container-url https://example.blob.core.windows.net/logs --start-time 2026-01-01T00:00:00Z \
    >/dev/null
az node scheduling disable --pool-id "$pool" --node-id "$node"
until_it_is offline az node show --pool-id "$pool" --node-id "$node" --query state -o tsv
az node scheduling enable --pool-id "$pool" --node-id "$node"
expect startup/stdout.txt az node file list --pool-id "$pool" --node-id "$node" --recursive \
    --filter "startswith(name, 'startup/stdout')" --query '[].name' -o tsv
az node file download --pool-id "$pool" --node-id "$node" --file-path startup/stdout.txt \
    --destination "$folder/started.txt" >/dev/null
expect ready cat "$folder/started.txt"
az node file delete --pool-id "$pool" --node-id "$node" --file-path startup/stdout.txt --yes
az node reboot --pool-id "$pool" --node-id "$node"
until_it_is $'idle\nidle' az node list --pool-id "$pool" --query '[].state' -o tsv
az node delete --pool-id "$pool" --node-list "$node"
until_it_is idle az node list --pool-id "$pool" --query '[].state' -o tsv

echo '== jobs and tasks'
az job create --id "$job" --pool-id "$pool"
expect "$job" az job list --filter "id eq '$job'" --query '[].id' -o tsv
{
    printf '[{"id": "fails", "commandLine": "/bin/sh -c '\''exit 3'\''"},'
    printf '{"id": "lasts", "commandLine": "sleep 600"}'
    for number in {1..148}; do
        printf ',{"id": "task-%d", "commandLine": "/bin/sh -c '\''echo %d'\''",' "$number" "$number"
        printf '"constraints": {"maxTaskRetryCount": 0, "retentionTime": "P1D"}}'
    done
    printf ']'
} >"$folder/tasks.json"
expect $'150\nSuccess' az task create --job-id "$job" --json-file "$folder/tasks.json" \
    --query '[length(@), [0].status]' -o tsv
until_it_is $'148\n1\n1' az job task-counts show --job-id "$job" \
    --query 'taskCounts.[succeeded, failed, running]' -o tsv
expect $'fails\tcompleted' az task list --job-id "$job" --filter "startswith(id, 'fails')" \
    --query '[].[id, state]' -o tsv
expect 150 az task list --job-id "$job" --query 'length(@)' -o tsv
expect $'completed\n3\nFailureExitCode' az task show --job-id "$job" --task-id fails \
    --query '[state, executionInfo.exitCode, executionInfo.failureInfo.code]' -o tsv
refused TaskSucceeded az task reactivate --job-id "$job" --task-id task-1
az task reactivate --job-id "$job" --task-id fails
until_it_is completed az task show --job-id "$job" --task-id fails --query state -o tsv
az task stop --job-id "$job" --task-id lasts
expect completed az task show --job-id "$job" --task-id lasts --query state -o tsv
expect '' az task subtask list --job-id "$job" --task-id fails --query 'value[].id' -o tsv
az task reset --job-id "$job" --task-id lasts --max-task-retry-count 1 && exit 1
az task delete --job-id "$job" --task-id lasts --yes
refused TaskNotFound az task show --job-id "$job" --task-id lasts

echo '== files'
expect $'certs\nstderr.txt\nstdout.txt\nwd' az task file list --job-id "$job" --task-id task-7 \
    --query 'sort([].name)' -o tsv
az task file download --job-id "$job" --task-id task-7 --file-path stdout.txt \
    --destination "$folder/stdout.txt" >/dev/null
expect 7 cat "$folder/stdout.txt"

az task file delete --job-id "$job" --task-id task-7 --file-path stdout.txt --yes

echo '== job schedules'
cat >"$folder/schedule.json" <<EOF
{"id": "$schedule", "schedule": {"recurrenceInterval": "PT1H"},
 "jobSpecification": {"poolInfo": {"poolId": "$pool"}, "onAllTasksComplete": "noaction"}}
EOF
az job-schedule create --json-file "$folder/schedule.json"
expect "$schedule" az job-schedule list --query '[].id' -o tsv
until_it_is "$schedule:job-1" az job list --job-schedule-id "$schedule" --query '[].id' -o tsv
az job-schedule disable --job-schedule-id "$schedule"
expect disabled az job-schedule show --job-schedule-id "$schedule" --query state -o tsv
az job-schedule enable --job-schedule-id "$schedule"
az job-schedule set --job-schedule-id "$schedule" --metadata made-by=az
az job-schedule reset --job-schedule-id "$schedule" --pool-id "$pool" --recurrence-interval PT2H
az job-schedule stop --job-schedule-id "$schedule"
until_it_is completed az job-schedule show --job-schedule-id "$schedule" --query state -o tsv
expect TerminateWorkitem az job show --job-id "$schedule:job-1" \
    --query executionInfo.terminateReason -o tsv
az job-schedule delete --job-schedule-id "$schedule" --yes

echo '== the end'
refused JobPreparationTaskOrReleaseTaskNotSpecified az job prep-release-status list --job-id "$job"
az job disable --job-id "$job" --disable-tasks requeue
until_it_is $'disabled\nactive' az job show --job-id "$job" --query '[state, previousState]' -o tsv
az job enable --job-id "$job"
az job reset --job-id "$job" --pool-id "$pool" --priority 3
az job set --job-id "$job" --priority 5
az job stop --job-id "$job" --terminate-reason enough
until_it_is $'completed\n5\nenough' az job show --job-id "$job" \
    --query '[state, priority, executionInfo.terminateReason]' -o tsv
az job delete --job-id "$job" --yes
until_it_is '' az job list --filter "id eq '$job'" --query '[].id' -o tsv
az pool delete --pool-id "$pool" --yes
until_it_is '' az pool list --filter "id eq '$pool'" --query '[].id' -o tsv
