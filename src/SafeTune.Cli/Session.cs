namespace SafeTune.Cli;

/// <summary>What every command gets from the process around it.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Errors and notes.</param>
/// <param name="IsTerminal">Whether people watch.</param>
/// <param name="Input">What is piped in.</param>
/// <param name="Stop">Asks a long command to end.</param>
internal sealed record Session(TextWriter Output, TextWriter Error, bool IsTerminal, TextReader Input, CancellationToken Stop);
