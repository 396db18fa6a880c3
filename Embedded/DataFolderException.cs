namespace SecKill.Embedded;

/// <summary>The data folder cannot be used; the message says which, why and what to do, and is fit to be shown to an operator.</summary>
/// <param name="message">What is wrong, naming the folder or file.</param>
/// <param name="inner">The system's own error, if there was one.</param>
public sealed class DataFolderException(string message, Exception? inner = null) : IOException(message, inner);
