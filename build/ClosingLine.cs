namespace Build;

/// <summary>What a target wants to be read last, after Cake's own report: CI looks for the test totals there.</summary>
public sealed class ClosingLine
{
    /// <summary>The line; null prints nothing.</summary>
    public string? Text { get; set; }

    /// <summary>Prints it.</summary>
    public void Print()
    {
        if (Text is not null)
        {
            Console.WriteLine(Text);
        }
    }
}
