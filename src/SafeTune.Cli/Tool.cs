using System.CommandLine;
using System.Globalization;
using SafeTune.Cli.Commands;
using SafeTune.Training;

namespace SafeTune.Cli;

/// <summary>The command line <c>safetune</c>, apart from the process that it usually runs in.</summary>
public static class Tool
{
    /// <summary>Parses and runs one command.</summary>
    /// <param name="args">As the shell gives them, without the program's name.</param>
    /// <param name="output">Results, and progress unless <c>--json</c> asks for one document.</param>
    /// <param name="error">Errors, one sentence each, and notes beside <c>--json</c>.</param>
    /// <param name="isTerminal">Whether people watch: bars and tables instead of plain lines.</param>
    /// <param name="input">What is piped in; null = the console's.</param>
    /// <param name="stop">Ends a training at the next step, after a checkpoint.</param>
    /// <returns>0 fine, 1 done but something did not hold or an error of this program's own, 2 bad input, 130 interrupted.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error, bool isTerminal = false, TextReader? input = null, CancellationToken stop = default)
    {
        var culture = CultureInfo.CurrentCulture;
        // Numbers read and written here are for programs too: 0.1, never 0,1.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return Invoke(args, new Session(output, error, isTerminal, input ?? Console.In, stop));
        }
        catch (UsageException wrong)
        {
            error.WriteLine(wrong.Message);
            return ExitCode.BadInput;
        }
        catch (TrainingFailedException failed)
        {
            error.WriteLine($"The training failed: {failed.Message}.");
            return ExitCode.DidNotHold;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Interrupted; the same command goes on from the last checkpoint.");
            return ExitCode.Interrupted;
        }
        catch (IOException failed)
        {
            error.WriteLine($"A file cannot be read or written: {failed.Message}");
            return ExitCode.BadInput;
        }
        catch (UnauthorizedAccessException failed)
        {
            error.WriteLine($"A file cannot be read or written: {failed.Message}");
            return ExitCode.BadInput;
        }
        // The last barrier: whatever else happens is an error of this program, and nobody is to read a stack trace.
        catch (Exception unexpected)
        {
            error.WriteLine(ErrorReport.Write(unexpected, args));
            return ExitCode.DidNotHold;
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static int Invoke(IReadOnlyList<string> args, Session session)
    {
        var root = new RootCommand("Fine-tunes transformers with adapters and freezes the adapters that have stopped mattering (SAFE).")
        {
            TrainCommand.Make(session),
            PlanCommand.Make(session),
            EvaluateCommand.Make(session),
            ScoreCommand.Make(session),
            PredictCommand.Make(session),
            MergeCommand.Make(session),
            InspectCommand.Make(session),
            GenerateCommand.Make(session),
            TokenizeCommand.Make(session),
            DataCommand.Make(session),
            ParityCommand.Make(session),
            BenchCommand.Make(session),
            EnvCommand.Make(session),
        };
        Help.Install(root,
            "safetune train --model all-MiniLM-L6-v2 --method lora+safe --data reviews.csv --text-columns text --label-column label --output adapter",
            "safetune predict --adapter adapter --data new.csv --output labelled.csv");
        var parsed = root.Parse(args);
        if (parsed.Action is null or System.CommandLine.Invocation.ParseErrorAction || parsed.Errors.Count > 0)
            throw new UsageException(Mistake.Of(parsed));
        return parsed.Invoke(new InvocationConfiguration { Output = session.Output, Error = session.Error, EnableDefaultExceptionHandler = false });
    }
}
