"""python -m ringside is the command `ringside`."""

from ringside.commands.main import main

raise SystemExit(main())
