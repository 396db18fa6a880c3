namespace SecKill.ServiceDefaults.Configuration;

/// <summary>A setting is missing or wrong. The message names it; the process ends with it, without a stack trace.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Names the setting and what is wrong with it.</summary>
    public ConfigurationException(string message) : base(message) { }

    /// <summary>Names the setting and what is wrong with it.</summary>
    public ConfigurationException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>For serializers.</summary>
    public ConfigurationException() { }
}
