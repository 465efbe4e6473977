using SafeTune.Cli;

namespace SafeTune.Tests.Cli;

/// <summary>Nobody reads a stack trace: an unexpected error is a sentence, and its details a file.</summary>
public sealed class ErrorReportTests
{
    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(NullReferenceException))]
    [InlineData(typeof(System.Runtime.InteropServices.ExternalException))]
    [InlineData(typeof(OutOfMemoryException))]
    public void An_unexpected_error_ends_in_one_sentence_and_its_details_in_a_file(Type kind)
    {
        using var error = new StringWriter();

        var code = Tool.Run(["env"], new BrokenWriter((Exception)Activator.CreateInstance(kind, "first line\nsecond line")!), error);

        Assert.Equal(1, code);
        var sentence = Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"({kind.Name}: first line)", sentence, StringComparison.Ordinal);
        var path = sentence.Split('\'')[^2];
        var details = File.ReadAllText(path);
        File.Delete(path);
        Assert.Contains("safetune env", details, StringComparison.Ordinal);
        Assert.Contains("   at ", details, StringComparison.Ordinal);
    }

    private sealed class BrokenWriter(Exception error) : StringWriter
    {
        public override void Write(char value) => throw error;

        public override void Write(string? value) => throw error;

        public override void WriteLine(string? value) => throw error;
    }
}
