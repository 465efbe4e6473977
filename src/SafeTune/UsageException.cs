namespace SafeTune;

/// <summary>
/// Bad input or bad usage, told in one sentence that names the file, the line, what was expected, what was found and what to do.
/// The entry points print the message and end with exit code 2; nobody else catches it, but for the kinds below it.
/// </summary>
public class UsageException(string message, Exception? inner = null) : Exception(message, inner);
