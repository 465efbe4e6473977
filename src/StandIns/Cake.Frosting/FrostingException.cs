namespace Cake.Frosting;

/// <summary>The host was composed wrongly.</summary>
public class FrostingException : Exception
{
    /// <summary>An error with its sentence.</summary>
    public FrostingException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its sentence and cause.</summary>
    public FrostingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
