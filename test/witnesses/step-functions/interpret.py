"""
Runs state machines on moto's interpreter of Step Functions, which is LocalStack's, with recorded results of tasks.

Reads from standard input a JSON list of executions, each with `definition` (text), `input` and `tasks`: the results of
the attempts of Task states, in order. Each has the name of its `state` and one of `output`, `failed`, `timedOut` and
`stopped` with the details of the history. Writes a list with the `history` of each execution and its unused tasks.
"""

import functools
import json
import logging
import sys
import time

import jsonata
from moto.stepfunctions.parser.api import StateMachineType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_ecs as ecs
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.asl.eval.states import ContextObjectData, ExecutionData, StateMachineData
from moto.stepfunctions.parser.asl.jsonata import jsonata as evaluator
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.mocking.mock_config import MockedResponseReturn

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machines"


def evaluate(expression):
    """Evaluates JSONata in place of the Java library that moto expects."""
    try:
        return jsonata.Jsonata(expression).evaluate(None)
    except Exception as error:
        raise evaluator.JSONataException("UNKNOWN", str(error)) from error


class MockedEnvironment(Environment):
    """An execution whose tasks have the given results, through moto's own mocks."""

    tasks: list
    root: "MockedEnvironment"

    def is_mocked_mode(self):
        return True

    def get_current_mocked_response(self):
        task = self.root.tasks.pop(0)
        if task["state"] != self.next_state_name:
            raise RuntimeError(f"'{self.next_state_name}' was requested instead of '{task['state']}'")
        if "stopped" in task:
            self.root.set_stop(stop_date=None, error=None, cause=task["stopped"].get("cause"))
            return MockedResponseReturn(0, 0, {})
        if "timedOut" in task:
            raise TimeoutError()
        if "failed" in task:
            raise FailureEventException(self.failure(task["failed"]))
        return MockedResponseReturn(0, 0, task["output"])

    def failure(self, details):
        error = details["error"]
        known = next((kind for kind in StatesErrorNameType if kind.to_name() == error), None)
        return FailureEvent(
            env=self,
            error_name=StatesErrorName(known) if known else CustomErrorName(error),
            event_type="TaskFailed",
            event_details={"taskFailedEventDetails": TaskFailedEventDetails(**details)},
        )

    @classmethod
    def as_inner_frame_of(cls, env, *args, **named):
        frame = super().as_inner_frame_of(env, *args, **named)
        frame.root = env.root
        return frame

    @classmethod
    def as_frame_of(cls, env, event_history_frame_cache=None):
        return cls.as_inner_frame_of(
            env, variable_store=env.variable_store, event_history_frame_cache=event_history_frame_cache
        )


def interpret(execution):
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:machine:run"
    environment = MockedEnvironment(
        aws_execution_details=AWSExecutionDetails(account=ACCOUNT, region=REGION, role_arn=ROLE),
        execution_type=StateMachineType.STANDARD,
        context=ContextObjectData(
            Execution=ExecutionData(Id=arn, Input=execution["input"], Name="run", RoleArn=ROLE, StartTime="2026-01-01T00:00:00Z"),
            StateMachine=StateMachineData(Id=arn, Name="machine"),
        ),
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )
    environment.root = environment
    environment.tasks = list(execution["tasks"])
    program, _ = AmazonStateLanguageParser.parse(execution["definition"])
    program.eval(environment)
    history = environment.event_manager.get_event_history()
    if [event["type"] for event in history[-2:]] == ["TaskSucceeded", "ExecutionAborted"]:
        # A mocked task has an end even if the execution was stopped before.
        del history[-2]
    return {"history": history, "left": environment.tasks}


logging.disable(logging.CRITICAL)
evaluator._eval_jsonata = evaluate
# As escapes, the two halves of a surrogate pair would count as two characters.
evaluator.to_json_str = functools.partial(json.dumps, ensure_ascii=False)
# Step Functions passes on this parameter too (AWS CDK, `CapacityProviderOptions` of EcsRunTask); moto drops it.
ecs._SUPPORTED_API_PARAM_BINDINGS["runtask"].add("CapacityProviderStrategy")
# Skip the delays of retries and Wait states.
time.sleep = lambda seconds: None
WaitFunction._wait_interval = lambda self, env, wait_seconds: None
json.dump([interpret(execution) for execution in json.load(sys.stdin)], sys.stdout, default=str)
