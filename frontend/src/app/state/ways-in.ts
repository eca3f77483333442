/** How programs that run elsewhere tell what they do: the lines for each, to be copied. */
export interface WayIn {
  readonly id: string;
  readonly label: string;
  /** Which programs it is for, and what becomes visible. */
  readonly help: string;
  /** Where the lines go: a terminal or a program. */
  readonly steps: readonly { readonly where: string; readonly lines: string }[];
}

/** What stands in the lines while there is no key. */
export const NO_KEY = 'YOUR_KEY';

export interface Place {
  /** The server's address, without a path. */
  readonly origin: string;
  /** The path of the Python package on it; null: it has none. */
  readonly package: string | null;
  readonly key: string;
  /** The id of the example's session: nobody else's, for ids are the whole server's. */
  readonly session: string;
}

export function waysIn({ origin, package: path, key, session }: Place): readonly WayIn[] {
  const install = `pip install ${path === null ? 'ringside' : origin + path}`;
  const terminal = { where: $localize`In a terminal`, lines: install };
  const begin = `ringside.init("${origin}", "${key}")`;
  const program = (lines: readonly string[]) => [
    terminal,
    { where: $localize`In your program`, lines: lines.join('\n') },
  ];
  const codingAgent = (id: string, label: string): WayIn => ({
    id,
    label,
    help: $localize`Prompts, tools, sub-agents and waits arrive live. Each session is named by its project and branch.`,
    steps: [
      {
        where: $localize`In a terminal`,
        lines: [install, `export RINGSIDE_URL=${origin} RINGSIDE_KEY=${key}`, `ringside hooks install ${id}`].join(
          '\n',
        ),
      },
    ],
  });
  return [
    {
      id: 'python',
      label: 'Python',
      help: $localize`Any script or agent. Each block becomes a step; blocks in blocks become its tree.`,
      steps: program([
        'import ringside',
        begin,
        `with ringside.session("${session}", title="My first session") as session:`,
        '    with session.step("Build", agent="Builder", kind="tool") as step:',
        '        step.output = "done"',
      ]),
    },
    {
      id: 'langchain',
      label: 'LangGraph',
      help: $localize`LangChain and LangGraph: nodes, models and tools become steps.`,
      steps: program([
        'import ringside',
        'from ringside.langchain import RingsideCallbackHandler',
        begin,
        'graph.invoke(question, config={"callbacks": [RingsideCallbackHandler()]})',
      ]),
    },
    {
      id: 'crewai',
      label: 'CrewAI',
      help: $localize`A crew’s agents, tasks, models and tools become steps, in the order of the crew.`,
      steps: program(['import ringside, ringside.crewai', begin, 'ringside.crewai.watch()', 'crew.kickoff()']),
    },
    {
      id: 'openai-agents',
      label: 'OpenAI Agents',
      help: $localize`The OpenAI Agents SDK: its traces become sessions, its spans steps.`,
      steps: program([
        'import ringside',
        'from agents import add_trace_processor',
        'from ringside.openai_agents import RingsideTracingProcessor',
        begin,
        'add_trace_processor(RingsideTracingProcessor())',
      ]),
    },
    {
      id: 'opentelemetry',
      label: 'OpenTelemetry',
      help: $localize`Whatever sends traces by OTLP over HTTP, in any language. Set these variables and start it as before.`,
      steps: [
        {
          where: $localize`Where your program starts`,
          lines: [
            `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
            'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
            `export OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20${key}`,
          ].join('\n'),
        },
      ],
    },
    codingAgent('claude-code', 'Claude Code'),
    codingAgent('codex', 'Codex'),
    {
      id: 'http',
      label: 'HTTP',
      help: $localize`Any language: a POST for the session, and one for each batch of events.`,
      steps: [
        {
          where: $localize`In a terminal`,
          lines: [
            `post() { curl -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d "$2" "${origin}$1"; }`,
            `post /api/sessions '{"id": "${session}", "title": "My first session"}'`,
            `post /api/sessions/${session}/events '{"events": [{"type": "agentActivity",`,
            `  "session_id": "${session}", "activity_id": "build-1", "agent_name": "Builder",`,
            '  "action": "Build", "status": "completed"}]}\'',
          ].join('\n'),
        },
      ],
    },
  ];
}
