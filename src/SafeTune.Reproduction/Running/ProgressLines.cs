using System.Diagnostics;
using System.Globalization;
using SafeTune.Training;

namespace SafeTune.Reproduction.Running;

/// <summary>Plain lines a person can follow, at most one every few seconds.</summary>
public sealed class ProgressLines(TextWriter output, string prefix, int epochs) : ITrainingListener
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _last = -Pause;
    private int _firstStep;
    private TimeSpan _firstAt;
    private double _loss;
    private int _losses;

    public void Started(string configuration, string parameters)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        foreach (string line in configuration.Split('\n'))
            output.WriteLine("    " + line);
        Line(parameters);
    }

    public void Step(StepInfo step)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (_firstStep == 0)
            (_firstStep, _firstAt) = (step.Step, _clock.Elapsed - TimeSpan.FromSeconds(step.Seconds));
        _loss += step.Loss;
        _losses++;
        if (step.Step < step.Steps && _clock.Elapsed - _last < Pause)
            return;
        _last = _clock.Elapsed;
        double each = (_clock.Elapsed - _firstAt).TotalSeconds / (step.Step - _firstStep + 1);
        Line(string.Create(CultureInfo.InvariantCulture,
            $"epoch {step.Epoch} of {epochs}, step {step.Step} of {step.Steps}, loss {_loss / _losses:0.0000}, {each:0.00} s a step, {Duration(each * (step.Steps - step.Step))} left"));
        (_loss, _losses) = (0, 0);
    }

    public void Probed(ProbeInfo probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        string scores = string.Join(' ', probe.Scores.Select(score => score.ToString("0.0000", CultureInfo.InvariantCulture)));
        Line(string.Create(CultureInfo.InvariantCulture, $"probe {probe.Probe} after epoch {probe.Epoch:0.##}: importance {scores}{(probe.Tau > 0 ? $", tau {probe.Tau:0.0000}" : "")}"));
    }

    public void Froze(FreezeEvent freeze)
    {
        ArgumentNullException.ThrowIfNull(freeze);
        string activations = freeze.ActivationBytesMeasured is { } bytes ? $", {Megabytes(bytes)} activations of all blocks frozen at this probe" : "";
        Line(string.Create(CultureInfo.InvariantCulture,
            $"block {freeze.Block} frozen at step {freeze.Step} (importance {freeze.Score:0.0000} < tau {freeze.Tau:0.0000}); freed "
            + $"{Megabytes(freeze.GradientBytes)} gradients, {Megabytes(freeze.OptimizerBytes)} optimizer state{activations}"));
    }

    public void Evaluated(int epoch, IReadOnlyDictionary<string, double> scores)
    {
        var words = scores.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => FormattableString.Invariant($"{score.Key} {score.Value:0.0000}"));
        Line(FormattableString.Invariant($"after epoch {epoch}: {string.Join(", ", words)}"));
    }

    public void Note(string sentence) => Line(sentence);

    /// <summary>45 s, 12 min, 1 h 05 min.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 3600)} h {(int)(seconds / 60) % 60:00} min"),
    };

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.###} MB");

    private void Line(string text)
    {
        output.WriteLine($"{prefix}: {text}");
        output.Flush();
    }
}
