using System.Runtime.ExceptionServices;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>Several files at a time.</summary>
internal static class Together
{
    /// <summary>Writes files numbered from 0.</summary>
    /// <exception cref="UsageException">As <paramref name="write"/> throws it, not wrapped.</exception>
    public static void Write(int count, Action<int> write)
    {
        try
        {
            Parallel.For(0, count, write);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }
}
